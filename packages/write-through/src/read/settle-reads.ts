/**
 * The end of a read that went to the store: the cache is told first, by FILL
 * or RAISE, and then the reader answers, under the cache epoch that holds by then.
 */
import { lifetimeOf } from "../cache-lifetime.ts";
import { CoreError } from "../errors.ts";
import { answer, fail, type Inquiry } from "./pending-read.ts";
import type { CacheSettle, CacheSettleReply } from "../ports/cache.ts";
import type { StoredCopy } from "../ports/store.ts";
import type { Settlement } from "../protocol/read-plan.ts";
import type { Met, Telling } from "../protocol/cache-epoch-plan.ts";
import type { ReadBatchContext } from "./read-batch.ts";
import { decide } from "../cache-epoch/cache-epoch-access.ts";
import { answerOf, tellCacheEpoch } from "../write/write-batch.ts";

/** One key that the store has answered. */
export interface FromStore {
  readonly inquiry: Inquiry;
  readonly met: Met | null;
  readonly copy: StoredCopy;
}

interface Settling {
  readonly one: FromStore;
  readonly settlement: Settlement;
  readonly command: CacheSettle;
}

/** Changes of the cache epoch that a read goes along with before it fails. */
const CACHE_EPOCHS_MAX = 4;

export async function answerFromStore(found: readonly FromStore[], context: ReadBatchContext): Promise<void> {
  const { cacheEpoch } = context.ports;
  let left = found;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const met = left[0]?.met ?? null;
    await decide(cacheEpoch, (known, now) => cacheEpoch.plan.beforeAnswer(known, now, met));
    left = await answerOnce(left, context);
    if (attempt === CACHE_EPOCHS_MAX) break;
    if (left.length > 0) await cacheEpoch.look();
  }
  const error = new CoreError("CACHE_EPOCH_UNSETTLED", "the cache's epoch changed again and again during the read");
  for (const { inquiry } of left) fail(inquiry, error, { port: "cache", step: "settle", ports: context.ports });
}

/** Returns those for which another look at the cache epoch is needed. */
async function answerOnce(found: readonly FromStore[], context: ReadBatchContext): Promise<readonly FromStore[]> {
  const { cacheEpoch } = context.ports;
  const { known } = cacheEpoch;
  const now = cacheEpoch.now();
  const left: FromStore[] = [];
  const settling: Settling[] = [];
  let epoch = 0;
  for (const one of found) {
    const decision = known === null ? null : cacheEpoch.plan.beforeAnswer(known, now, one.met);
    if (decision?.next === "answer") answerOne(one, context);
    else if (decision?.next === "settle") {
      epoch = decision.telling.epoch;
      settling.push(settlingOf(one, decision.telling, context));
    } else left.push(one);
  }
  if (settling.length === 0) return left;
  const again = await settleAll(settling, epoch, context);
  return [...left, ...again];
}

function settlingOf(one: FromStore, { settlement }: Telling, { ports, lifetime }: ReadBatchContext): Settling {
  const { inquiry, copy } = one;
  const ttlMs = lifetimeOf(copy, lifetime, ports.cacheEpoch.timeOfDay(), ports.random);
  return { one, settlement, command: { key: inquiry.key, copy, ttlMs } };
}

async function settleAll(
  settling: readonly Settling[],
  epoch: number,
  context: ReadBatchContext,
): Promise<readonly FromStore[]> {
  const filling = settling.filter(({ settlement }) => settlement.with === "fill");
  const raising = settling.filter(({ settlement }) => settlement.with === "raise");
  const [filled, raised] = await Promise.all([fillAll(filling, epoch, context), raiseAll(raising, epoch, context)]);
  return [...filled, ...raised];
}

/** What the cache has no memory for is raised instead, which needs none. */
async function fillAll(
  filling: readonly Settling[],
  epoch: number,
  context: ReadBatchContext,
): Promise<readonly FromStore[]> {
  if (filling.length === 0) return [];
  const commands = filling.map(({ settlement, command }) => ({
    ...command,
    token: settlement.with === "fill" ? settlement.token : "",
  }));
  const replies = await context.ports.cache.fill(epoch, commands);
  const told: Settling[] = [];
  const toldReplies: CacheSettleReply[] = [];
  const refused: Settling[] = [];
  filling.forEach((one, index) => {
    const reply = replies[index] ?? unreplied(one.command.key);
    if (reply.kind === "failed" && reply.error.code === "CACHE_FULL") {
      refused.push(one);
    } else {
      told.push(one);
      toldReplies.push(reply);
    }
  });
  const left = await conclude(told, toldReplies, { epoch, step: "fill", context });
  return [...left, ...(await raiseAll(refused, epoch, context))];
}

async function raiseAll(
  raising: readonly Settling[],
  epoch: number,
  context: ReadBatchContext,
): Promise<readonly FromStore[]> {
  if (raising.length === 0) return [];
  const commands = raising.map(({ settlement, command }) => ({
    ...command,
    id: settlement.with === "raise" ? settlement.id : null,
  }));
  const replies = await context.ports.cache.raise(epoch, commands);
  return conclude(raising, replies, { epoch, step: "raise", context });
}

async function conclude(
  settling: readonly Settling[],
  replies: readonly CacheSettleReply[],
  { epoch, step, context }: { readonly epoch: number; readonly step: string; readonly context: ReadBatchContext },
): Promise<readonly FromStore[]> {
  const { ports } = context;
  const left: FromStore[] = [];
  let failure: CoreError | null = null;
  settling.forEach(({ one }, index) => {
    const reply = replies[index] ?? unreplied(one.inquiry.key);
    const decision = ports.cacheEpoch.plan.afterSettle(answerOf(reply));
    if (reply.kind === "failed") failure = reply.error;
    if (decision.next === "answer") answerOne(one, context);
    else if (decision.next === "look") left.push(one);
    else if (reply.kind === "failed") fail(one.inquiry, reply.error, { port: "cache", step, ports });
  });
  await tellCacheEpoch(ports, failure, epoch);
  return left;
}

function answerOne({ inquiry, copy }: FromStore, { ports, plan }: ReadBatchContext): void {
  const step = plan.afterSettle(copy);
  if (step.next === "answer") inquiry.result = answer(step.copy, step.source, ports.cacheEpoch.timeOfDay());
}

function unreplied(key: string): CacheSettleReply {
  return { kind: "failed", error: new CoreError("CACHE_UNAVAILABLE", `the cache gave no reply for "${key}"`) };
}
