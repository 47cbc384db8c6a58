/**
 * Drives the read plan, under the cache epoch, for one batch of distinct keys.
 * The cache is asked first (see `ask-cache.ts`), then the store for the misses,
 * and the store's answers are settled with the cache (see `settle-reads.ts`). A
 * key that fails at one step does not affect the other keys.
 */
import { CoreError } from "../errors.ts";
import { paired } from "../by-position.ts";
import { askCache } from "./ask-cache.ts";
import { type CacheMiss, failRead, type PendingRead, type ReadContext, type StoreAnswer } from "./pending-read.ts";
import type { ReadResult } from "./read-result.ts";
import { settleDoubts } from "./settle-doubts.ts";
import { settleReads } from "./settle-reads.ts";

export async function readBatch(keys: readonly string[], context: ReadContext): Promise<readonly ReadResult[]> {
  const { clock, emit } = context.ports;
  const startedMs = clock.monotonicMs();
  const asOf = context.ports.cacheEpoch.erasures.inForce;
  const reads = keys.map((key): PendingRead => ({ key, result: null, asOf, doubt: null }));
  let [fenced, filled] = [0, 0];
  try {
    const asked = await askCache(reads, context);
    ({ fenced, filled } = asked);
    await settleReads(await readStore(asked.misses, context), context);
    await settleDoubts(reads, context, readStore);
  } catch (error) {
    // The store does not say what the cache epoch is.
    if (!(error instanceof CoreError)) throw error;
    for (const pending of reads) pending.result ??= { kind: "failed", error };
  }
  const results = reads.map(readResultOf);
  let hits = 0;
  for (const result of results) if (result.kind !== "failed" && result.source === "cache") hits += 1;
  const durationMs = clock.monotonicMs() - startedMs;
  emit({ type: "read-batch", keys: keys.length, hits, fenced, filled, durationMs });
  return results;
}

function readResultOf({ key, result }: PendingRead): ReadResult {
  if (result === null) throw new TypeError(`the read plan left "${key}" without a result`);
  return result;
}

/** Returns all answers of the store. They are told to the cache before they are given to the reader. */
async function readStore(misses: readonly CacheMiss[], { ports }: ReadContext): Promise<readonly StoreAnswer[]> {
  if (misses.length === 0) return [];
  for (const { pending } of misses) pending.asOf = ports.cacheEpoch.erasures.inForce;
  const replies = await ports.store.read(misses.map(({ pending }) => pending.key));
  return paired(misses, replies).flatMap(([{ pending, observation }, reply]): readonly StoreAnswer[] => {
    if (reply.kind === "failed") {
      failRead(pending, { port: "store", step: "read", error: reply.error }, ports);
      return [];
    }
    return [{ pending, observation, copy: reply.copy }];
  });
}
