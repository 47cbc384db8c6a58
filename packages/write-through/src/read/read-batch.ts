/**
 * Drives the read plan, under the cache epoch of the cache, for one batch of
 * distinct keys: one GET for all, then for those that the cache cannot answer a
 * HEAL where something foreign is, a LEASE, and a read of the store. A key that fails at one step does not take
 * the others with it. What the store answers goes on in `settle-reads.ts`.
 */
import { answerFromStore, type FromStore } from "./settle-reads.ts";
import type { CacheLifetime } from "../cache-lifetime.ts";
import { CoreError } from "../errors.ts";
import { type ForeignMet, healAll } from "./heal-entries.ts";
import type { CacheFailure } from "../ports/cache.ts";
import type { StoredBody } from "../ports/store.ts";
import type { ReadPlan, ReadStep, Settlement } from "../protocol/read-plan.ts";
import type { Met } from "../protocol/cache-epoch-plan.ts";
import { answer, fail, type Inquiry } from "./pending-read.ts";
import type { ReaderPorts, ReadResult } from "./reader.ts";
import { decide } from "../cache-epoch/cache-epoch-access.ts";
import { tellCacheEpoch } from "../write/write-batch.ts";

export interface ReadBatchContext {
  readonly ports: ReaderPorts;
  readonly lifetime: CacheLifetime;
  readonly plan: ReadPlan;
  readonly leaseMs: number;
}

interface StoreRead {
  readonly inquiry: Inquiry;
  /** What the cache gave before; null for a read that goes without it. */
  readonly met: Met | null;
}

export async function readBatch(keys: readonly string[], context: ReadBatchContext): Promise<readonly ReadResult[]> {
  const { clock, emit } = context.ports;
  const startedMs = clock.monotonicMs();
  const inquiries = keys.map((key): Inquiry => ({ key, result: null }));
  const counts = { fenced: 0, filled: 0, reads: 0 };
  try {
    const reads = await askCache(inquiries, counts, context);
    counts.reads = reads.length;
    if (reads.length > 0) await answerFromStore(await readStore(reads, context), context);
  } catch (error) {
    // The store does not say what the cache epoch is.
    if (!(error instanceof CoreError)) throw error;
    for (const inquiry of inquiries) inquiry.result ??= { kind: "failed", error };
  }
  const durationMs = clock.monotonicMs() - startedMs;
  const { fenced, filled, reads } = counts;
  emit({ type: "read-batch", keys: keys.length, hits: keys.length - reads, fenced, filled, durationMs });
  return inquiries.map(({ key, result }) => result ?? { kind: "failed", error: unreplied("store", key) });
}

/** Answers hits and returns what is to be read from the store. */
async function askCache(
  inquiries: readonly Inquiry[],
  counts: { fenced: number; filled: number },
  context: ReadBatchContext,
): Promise<readonly StoreRead[]> {
  const { cacheEpoch } = context.ports;
  const decision = await decide(cacheEpoch, (known) => cacheEpoch.plan.beforeGet(known));
  if (decision.next === "read-store") return inquiries.map((inquiry) => ({ inquiry, met: null }));
  const { epoch } = decision;
  const got = await getAll(inquiries, epoch, context);
  const reads = [...got.reads];
  if (got.hits.length > 0) reads.push(...(await answerHits(got.hits, epoch, context)));
  counts.fenced = reads.length;
  const absent =
    got.foreign.length === 0 ? got.absent : [...got.absent, ...(await heal(got.foreign, epoch, { reads, context }))];
  counts.filled = absent.length;
  if (absent.length > 0) reads.push(...(await leaseAll(absent, epoch, context)));
  return reads;
}

/** Returns what is healed and goes on by a lease; what the cache did not heal is added to `reads`. */
async function heal(
  met: readonly ForeignMet[],
  epoch: number,
  { reads, context: { ports } }: { readonly reads: StoreRead[]; readonly context: ReadBatchContext },
): Promise<readonly Inquiry[]> {
  const { healed, failed } = await healAll(met, epoch, ports);
  for (const { inquiry, error } of failed) reads.push(...withoutCache(inquiry, error, "heal", ports));
  await tellCacheEpoch(ports, failed.at(-1)?.error ?? null, epoch);
  return healed;
}

interface Hit {
  readonly inquiry: Inquiry;
  readonly step: Extract<ReadStep<StoredBody>, { readonly next: "answer" }>;
}

interface Got {
  readonly hits: readonly Hit[];
  readonly absent: readonly Inquiry[];
  readonly foreign: readonly ForeignMet[];
  readonly reads: readonly StoreRead[];
}

async function getAll(inquiries: readonly Inquiry[], epoch: number, context: ReadBatchContext): Promise<Got> {
  const { ports, plan } = context;
  const replies = await ports.cache.get(
    epoch,
    inquiries.map(({ key }) => key),
  );
  const hits: Hit[] = [];
  const absent: Inquiry[] = [];
  const foreign: ForeignMet[] = [];
  const reads: StoreRead[] = [];
  let failure: CoreError | null = null;
  inquiries.forEach((inquiry, index) => {
    const reply = replies[index] ?? unanswered(inquiry.key);
    if (reply.kind === "failed") {
      failure = reply.error;
      reads.push(...withoutCache(inquiry, reply.error, "get", ports));
      return;
    }
    const step = plan.afterGet(reply.entry);
    if (step.next === "answer") hits.push({ inquiry, step });
    else if (step.next === "read-store") reads.push({ inquiry, met: { epoch, settlement: step.then } });
    else if (step.next === "heal") foreign.push({ inquiry, seen: step.seen });
    else absent.push(inquiry);
  });
  await tellCacheEpoch(ports, failure, epoch);
  return { hits, absent, foreign, reads };
}

/** A hit counts under a lease that is valid now, after it; those that do not are read from the store. */
async function answerHits(
  hits: readonly Hit[],
  epoch: number,
  { ports }: ReadBatchContext,
): Promise<readonly StoreRead[]> {
  const { cacheEpoch } = ports;
  const decision = await decide(cacheEpoch, (known, now) => cacheEpoch.plan.beforeHit(known, now, epoch));
  if (decision.next === "read-again") return hits.map(({ inquiry }) => ({ inquiry, met: null }));
  const time = cacheEpoch.timeOfDay();
  for (const { inquiry, step } of hits) inquiry.result = answer(step.copy, step.source, time);
  return [];
}

async function leaseAll(
  absent: readonly Inquiry[],
  epoch: number,
  context: ReadBatchContext,
): Promise<readonly StoreRead[]> {
  const { ports, plan, leaseMs } = context;
  const commands = absent.map(({ key }) => ({ key, token: ports.nextId(), ttlMs: leaseMs }));
  const replies = await ports.cache.lease(epoch, commands);
  const hits: Hit[] = [];
  const reads: StoreRead[] = [];
  let failure: CoreError | null = null;
  absent.forEach((inquiry, index) => {
    const reply = replies[index] ?? unanswered(inquiry.key);
    if (reply.kind !== "failed") {
      const step = plan.afterLease(reply, commands[index]?.token ?? "");
      if (step.next === "answer") hits.push({ inquiry, step });
      else if (step.next === "read-store") reads.push({ inquiry, met: { epoch, settlement: step.then } });
    } else if (reply.error.code === "CACHE_FULL") {
      // No room to fill: answer from the store, as beside another reader's lease.
      reads.push({ inquiry, met: { epoch, settlement: { with: "raise", id: null } } });
    } else {
      failure = reply.error;
      reads.push(...withoutCache(inquiry, reply.error, "lease", ports));
    }
  });
  await tellCacheEpoch(ports, failure, epoch);
  return hits.length === 0 ? reads : [...reads, ...(await answerHits(hits, epoch, context))];
}

/** A cache that is lost, silent or says what nobody expected fails no read by itself; one that refuses us does. */
function withoutCache(inquiry: Inquiry, error: CoreError, step: string, { emit }: ReaderPorts): readonly StoreRead[] {
  emit({ type: "port-failed", port: "cache", step, error });
  if (error.retryable) return [{ inquiry, met: null }];
  inquiry.result = { kind: "failed", error };
  return [];
}

/** Of a read that goes without the cache: should there be one by the time it answers, it raises. */
const WITHOUT_CACHE: Settlement = { with: "raise", id: null };

/** Returns what is told to the cache before it is answered: all of it. */
async function readStore(
  reads: readonly StoreRead[],
  { ports, plan }: ReadBatchContext,
): Promise<readonly FromStore[]> {
  const replies = await ports.store.read(reads.map(({ inquiry }) => inquiry.key));
  return reads.flatMap(({ inquiry, met }, index): readonly FromStore[] => {
    const reply = replies[index];
    if (reply?.kind !== "found") {
      fail(inquiry, reply?.error ?? unreplied("store", inquiry.key), { port: "store", step: "read", ports });
      return [];
    }
    const step = plan.afterStoreRead(met?.settlement ?? WITHOUT_CACHE, reply.copy);
    if (step.next === "settle") return [{ inquiry, met, copy: step.copy }];
    if (step.next === "answer") inquiry.result = answer(step.copy, step.source, ports.cacheEpoch.timeOfDay());
    return [];
  });
}

function unanswered(key: string): CacheFailure {
  return { kind: "failed", error: unreplied("cache", key) };
}

function unreplied(port: "cache" | "store", key: string): CoreError {
  const code = port === "cache" ? "CACHE_UNAVAILABLE" : "STORE_UNAVAILABLE";
  return new CoreError(code, `the ${port} gave no reply for "${key}"`);
}
