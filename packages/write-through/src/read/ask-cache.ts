/**
 * The first half of a read. One GET asks for all keys of a batch. For keys that
 * the cache cannot answer, a HEAL follows where something foreign is, and a
 * LEASE where nothing is. Hits are answered here; the other keys go to the
 * store.
 */
import { tellCacheEpoch } from "../cache-epoch/cache-answer.ts";
import { decide } from "../cache-epoch/decide.ts";
import type { CoreError } from "../errors.ts";
import { forEachPair, paired } from "../by-position.ts";
import type { CacheGetReply } from "../ports/cache.ts";
import type { CorePorts } from "../ports/core-ports.ts";
import type { StoredBody } from "../ports/store.ts";
import { readPlan, type ReadStep } from "../protocol/read-plan.ts";
import { type ForeignRead, healEntries } from "./heal-entries.ts";
import { type CacheMiss, failRead, type PendingRead, type ReadContext, type ReadCopy } from "./pending-read.ts";
import { answerWithCopy } from "./answer-with-copy.ts";

export interface AskedCache {
  readonly misses: readonly CacheMiss[];
  /** The number of misses because a write may be under way. */
  readonly fenced: number;
  /** The number of misses because nothing was cached. */
  readonly filled: number;
}

export async function askCache(reads: readonly PendingRead[], context: ReadContext): Promise<AskedCache> {
  const { cacheEpoch } = context.ports;
  const decision = await decide(cacheEpoch, (known) => cacheEpoch.plan.beforeGet(known));
  if (decision.next === "read-store") {
    return { misses: reads.map((pending) => ({ pending, observation: null })), fenced: 0, filled: 0 };
  }
  const { epoch } = decision;
  const { hits, absent, foreign, misses } = await getAll(reads, epoch, context);
  misses.push(...(await answerHits(hits, epoch, context)));
  const fenced = misses.length;
  const healed = await healAll(foreign, epoch, context);
  misses.push(...healed.misses);
  const open = [...absent, ...healed.absent];
  misses.push(...(await leaseAll(open, epoch, context)));
  return { misses, fenced, filled: open.length };
}

interface Hit {
  readonly pending: PendingRead;
  readonly read: ReadCopy;
}

/** The keys of one batch, by the step that the read plan takes next for each. */
interface NextSteps {
  readonly hits: Hit[];
  readonly absent: PendingRead[];
  readonly foreign: ForeignRead[];
  readonly misses: CacheMiss[];
}

function noSteps(): NextSteps {
  return { hits: [], absent: [], foreign: [], misses: [] };
}

function addStep(steps: NextSteps, pending: PendingRead, step: ReadStep<StoredBody>, epoch: number): void {
  switch (step.next) {
    case "answer":
      steps.hits.push({ pending, read: { copy: step.copy, source: "cache" } });
      break;
    case "lease":
      steps.absent.push(pending);
      break;
    case "heal":
      steps.foreign.push({ pending, seen: step.seen });
      break;
    case "read-store":
      steps.misses.push({ pending, observation: { epoch, settlement: step.then } });
      break;
  }
}

async function getAll(reads: readonly PendingRead[], epoch: number, { ports }: ReadContext): Promise<NextSteps> {
  const keys = reads.map(({ key }) => key);
  const replies = await ports.cache.get(epoch, keys);
  const steps = noSteps();
  forEachPair(reads, replies, (pending, reply) => {
    if (reply.kind === "got") addStep(steps, pending, readPlan.afterGet(reply.entry), epoch);
    else steps.misses.push(...withoutCache(pending, { step: "get", error: reply.error }, ports));
  });
  await tellCacheEpoch(ports.cacheEpoch, lastFailureOf(replies), epoch);
  return steps;
}

function lastFailureOf(replies: readonly CacheGetReply[]): CoreError | null {
  const failed = replies.findLast((reply) => reply.kind === "failed");
  return failed?.error ?? null;
}

/**
 * A hit counts only under a lease that is still valid after it. Keys whose hits do not count are read from the store.
 */
async function answerHits(hits: readonly Hit[], epoch: number, { ports }: ReadContext): Promise<readonly CacheMiss[]> {
  if (hits.length === 0) return [];
  const { cacheEpoch } = ports;
  const decision = await decide(cacheEpoch, (known, now) => cacheEpoch.plan.beforeHit(known, now, epoch));
  if (decision.next === "read-again") return hits.map(({ pending }) => ({ pending, observation: null }));
  for (const { pending, read } of hits) answerWithCopy(pending, read, ports);
  return [];
}

/** A key that was healed goes on as absent. */
async function healAll(
  foreign: readonly ForeignRead[],
  epoch: number,
  { ports }: ReadContext,
): Promise<Pick<NextSteps, "absent" | "misses">> {
  const steps = noSteps();
  if (foreign.length === 0) return steps;
  const { healed, failed } = await healEntries(foreign, epoch, ports);
  steps.absent.push(...healed);
  for (const { pending, error } of failed) steps.misses.push(...withoutCache(pending, { step: "heal", error }, ports));
  await tellCacheEpoch(ports.cacheEpoch, failed.at(-1)?.error ?? null, epoch);
  return steps;
}

async function leaseAll(
  absent: readonly PendingRead[],
  epoch: number,
  context: ReadContext,
): Promise<readonly CacheMiss[]> {
  if (absent.length === 0) return [];
  const { ports, leaseMs } = context;
  const commands = absent.map(({ key }) => ({ key, token: ports.nextId(), ttlMs: leaseMs }));
  const replies = await ports.cache.lease(epoch, commands);
  const steps = noSteps();
  let failure: CoreError | null = null;
  for (const [[pending, { token }], reply] of paired(paired(absent, commands), replies)) {
    if (reply.kind !== "failed") addStep(steps, pending, readPlan.afterLease(reply, token), epoch);
    else if (reply.error.code === "CACHE_FULL") {
      // The cache has no memory to fill, so the read goes on as it would beside another reader's lease.
      steps.misses.push({ pending, observation: { epoch, settlement: { with: "raise", id: null } } });
    } else {
      failure = reply.error;
      steps.misses.push(...withoutCache(pending, { step: "lease", error: reply.error }, ports));
    }
  }
  await tellCacheEpoch(ports.cacheEpoch, failure, epoch);
  return [...steps.misses, ...(await answerHits(steps.hits, epoch, context))];
}

/**
 * A cache that is lost or silent, or gives an unknown answer, fails no read by itself. A cache that refuses this
 * process does.
 */
function withoutCache(
  pending: PendingRead,
  { step, error }: { readonly step: string; readonly error: CoreError },
  ports: CorePorts,
): readonly CacheMiss[] {
  if (!error.retryable) {
    failRead(pending, { port: "cache", step, error }, ports);
    return [];
  }
  ports.emit({ type: "port-failed", port: "cache", step, error });
  return [{ pending, observation: null }];
}
