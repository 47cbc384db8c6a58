/**
 * The end of a write that was stored. PUBLISH tells the cache, and then the
 * record is acknowledged, under the cache epoch that holds by then. A write of
 * which the cache could not be told is failed; when the record comes again it
 * is a duplicate.
 */
import { cacheAnswerOf, tellCacheEpoch } from "../cache-epoch/cache-answer.ts";
import { type Decided, decideEach } from "../cache-epoch/decide.ts";
import { lifetimeOf } from "../cache-lifetime.ts";
import { CoreError } from "../errors.ts";
import { itemAt, paired } from "../by-position.ts";
import type { CachePublish } from "../ports/cache.ts";
import type { AcknowledgeDecision, LookStep, Publication, WaitStep } from "../protocol/cache-epoch-plan.ts";
import {
  acknowledge,
  failWrite,
  isErased,
  refuseErased,
  type StoredWrite,
  type WriteContext,
} from "./pending-write.ts";

export async function publishAll(writes: readonly StoredWrite[], context: WriteContext): Promise<void> {
  const { cacheEpoch } = context.ports;
  const open = await decideEach(cacheEpoch, writes, {
    take: (known, now, { hold }) => cacheEpoch.plan.beforeAcknowledgement(known, now, hold),
    act: (decided) => publishOnce(decided, context),
  });
  if (open.length === 0) return;
  const error = new CoreError("CACHE_EPOCH_UNSETTLED", "the cache's epoch changed again and again during the write");
  for (const { pending } of open) if (pending.receipt === null) failWrite(pending, error);
}

type Acknowledgement = Exclude<AcknowledgeDecision, LookStep | WaitStep>;

interface Publish {
  readonly write: StoredWrite;
  readonly publication: Publication;
}

/** Returns the writes that are not acknowledged, each with its failure. */
async function publishOnce(
  decided: readonly Decided<StoredWrite, Acknowledgement>[],
  context: WriteContext,
): Promise<readonly StoredWrite[]> {
  const publishes: Publish[] = [];
  for (const { item: write, decision } of decided) {
    if (decision.next === "publish") publishes.push({ write, publication: decision.publication });
    else acknowledgeStored(write, context);
  }
  if (publishes.length === 0) return [];
  const { cache, cacheEpoch, emit } = context.ports;
  // All decisions were taken at one moment, so all are of the epoch that was in force then.
  const { epoch } = itemAt(publishes, 0).publication;
  const commands = publishes.map((publish) => commandOf(publish, context));
  const replies = await cache.publish(epoch, commands);
  const open: StoredWrite[] = [];
  const errors: CoreError[] = [];
  for (const [{ write, publication }, reply] of paired(publishes, replies)) {
    if (reply.kind === "failed") {
      errors.push(reply.error);
      failWrite(write.pending, reply.error);
    }
    if (cacheEpoch.plan.afterPublish(publication, cacheAnswerOf(reply)).next === "look") open.push(write);
    else acknowledgeStored(write, context);
  }
  const failure = errors.at(-1) ?? null;
  if (failure !== null) emit({ type: "publish-unanswered", records: errors.length, error: failure });
  await tellCacheEpoch(cacheEpoch, failure, epoch);
  return open;
}

/**
 * A record whose person was erased meanwhile may have been stored before that or after it. In both cases no reader sees
 * it, and the next sweep removes it.
 */
function acknowledgeStored({ pending, outcome }: StoredWrite, { ports }: WriteContext): void {
  if (isErased(pending.record, ports)) refuseErased(pending);
  else acknowledge(pending, outcome);
}

function commandOf({ write, publication }: Publish, { ports, lifetime }: WriteContext): CachePublish {
  const { pending, copy, keep } = write;
  const isKept = keep && publication.mayKeep;
  const { key } = pending.record;
  const ttlMs = isKept ? lifetimeOf(key, copy, lifetime, ports) : 0;
  return { key, id: publication.id, copy, ttlMs };
}
