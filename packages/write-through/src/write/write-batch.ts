/**
 * Drives the write plan, under the cache epoch, for one batch of distinct keys:
 * all fences, then all puts, then all publishes (see `publish-writes.ts`). A
 * record that fails at one step does not affect the other records.
 */
import { tellCacheEpoch } from "../cache-epoch/cache-answer.ts";
import { decide, decideEach } from "../cache-epoch/decide.ts";
import { CoreError } from "../errors.ts";
import { itemAt, paired } from "../by-position.ts";
import type { StoredBody, StorePut, StorePutReply } from "../ports/store.ts";
import { type CacheEpoch, isSameCacheEpoch } from "../protocol/cache-epoch.ts";
import { NO_FENCE_ID } from "../protocol/cache-epoch-plan.ts";
import type { PutReply } from "../protocol/write-plan.ts";
import {
  acknowledge,
  failWrite,
  type FencedWrite,
  isErased,
  type PendingWrite,
  pendingWriteOf,
  refuseErased,
  type StoredWrite,
  type WriteContext,
} from "./pending-write.ts";
import { publishAll } from "./publish-writes.ts";
import { countReceipts, FOREIGN_ITEM, noReceipts, type Receipt } from "./receipts.ts";
import type { WriteRecord } from "./records.ts";

export async function writeBatch(records: readonly WriteRecord[], context: WriteContext): Promise<readonly Receipt[]> {
  const { clock, emit } = context.ports;
  const startedMs = clock.monotonicMs();
  const writes = records.map(pendingWriteOf);
  let covered = 0;
  try {
    const fenced = await fenceAll(writes, context);
    await refuseErasedBehindCopies(writes, context);
    covered = writes.filter(({ receipt }) => receipt !== null && receipt.status !== "failed").length;
    await publishAll(await storeAll(fenced, context), context);
  } catch (error) {
    // The store does not tell the cache epoch. A record that was already stored is a duplicate when it is sent again.
    if (!(error instanceof CoreError)) throw error;
    for (const write of writes) if (write.receipt === null) failWrite(write, error);
  }
  const receipts = writes.map(receiptOf);
  const { applied, superseded, duplicate, erased, failed } = countReceipts(noReceipts(), receipts);
  const durationMs = clock.monotonicMs() - startedMs;
  emit({
    type: "write-batch",
    records: records.length,
    applied,
    superseded,
    duplicate,
    erased,
    failed,
    covered,
    durationMs,
  });
  return receipts;
}

function receiptOf({ receipt }: PendingWrite): Receipt {
  if (receipt === null) throw new TypeError("the write plan left a record without a receipt");
  return receipt;
}

/** Returns the records that may go to the store. The other records are covered by a clean copy, or have failed. */
async function fenceAll(writes: readonly PendingWrite[], context: WriteContext): Promise<readonly FencedWrite[]> {
  const { cacheEpoch } = context.ports;
  const fenced: FencedWrite[] = [];
  await decideEach(cacheEpoch, writes, {
    take: (known) => cacheEpoch.plan.beforeFence(known),
    async act(decided) {
      // The decision depends on the cache epoch alone, so it is the same for all records.
      const { decision } = itemAt(decided, 0);
      const pending = decided.map(({ item }) => item);
      if (decision.next === "store") {
        fenced.push(...pending.map(withoutFence));
        return [];
      }
      const outcome = await fenceOnce(pending, decision, context);
      fenced.push(...outcome.fenced);
      const inForce = cacheEpoch.known?.cacheEpoch;
      return inForce !== undefined && isSameCacheEpoch(inForce, decision) ? [] : outcome.unfenced;
    },
  });
  return fenced;
}

function withoutFence(pending: PendingWrite): FencedWrite {
  return { pending, hold: null, replacedClean: false };
}

interface FenceOutcome {
  readonly fenced: readonly FencedWrite[];
  /** The records without a fence, each with its failure. */
  readonly unfenced: readonly PendingWrite[];
}

async function fenceOnce(
  writes: readonly PendingWrite[],
  { epoch, mode }: CacheEpoch,
  { ports, plan }: WriteContext,
): Promise<FenceOutcome> {
  const commands = writes.map(({ record: { key, version } }) => ({ key, version, id: ports.nextId() }));
  const replies = await ports.cache.fence(epoch, commands);
  const fenced: FencedWrite[] = [];
  const unfenced: PendingWrite[] = [];
  let failure: CoreError | null = null;
  for (const [pending, reply] of paired(writes, replies)) {
    if (reply.kind === "failed") {
      failure = reply.error;
      failWrite(pending, reply.error);
      unfenced.push(pending);
      ports.emit({ type: "port-failed", port: "cache", step: "fence", error: reply.error });
      continue;
    }
    const step = plan.afterFence(pending.write, reply);
    if (step.next === "store") {
      const { id, replacedClean } = step.hold;
      fenced.push({ pending, hold: { id, epoch, mode }, replacedClean });
    } else if (step.next === "acknowledge") acknowledge(pending, step.outcome);
  }
  await tellCacheEpoch(ports.cacheEpoch, failure, epoch);
  return { fenced, unfenced };
}

/**
 * A clean copy may cover a record of a person who was erased. It was not stored now, and the copy may be erased as
 * well, so only a lease tells what the receipt is.
 */
async function refuseErasedBehindCopies(writes: readonly PendingWrite[], { ports }: WriteContext): Promise<void> {
  const { cacheEpoch } = ports;
  const settled = writes.filter(({ receipt, record }) => isAcknowledged(receipt) && record.subject !== undefined);
  if (settled.length === 0) return;
  await decide(cacheEpoch, (known, now) => ({ next: cacheEpoch.plan.hasLease(known, now) ? "acknowledge" : "look" }));
  for (const pending of settled) if (isErased(pending.record, ports)) refuseErased(pending);
}

function isAcknowledged(receipt: Receipt | null): boolean {
  return receipt?.status === "duplicate" || receipt?.status === "superseded";
}

async function storeAll(fenced: readonly FencedWrite[], context: WriteContext): Promise<readonly StoredWrite[]> {
  if (fenced.length === 0) return [];
  const { cacheEpoch, store } = context.ports;
  await decide(cacheEpoch, (known, now) => cacheEpoch.plan.beforeStore(known, now));
  const allowed = fenced.filter(({ pending }) => !isErased(pending.record, context.ports));
  for (const { pending } of fenced) if (isErased(pending.record, context.ports)) refuseErased(pending);
  if (allowed.length === 0) return [];
  const replies = await store.put(allowed.map(putOf));
  return paired(allowed, replies).flatMap(([write, reply]) => afterPut(write, reply, context) ?? []);
}

function putOf({ pending: { record, write } }: FencedWrite): StorePut {
  const { key, version, subject } = record;
  return { key, version, body: write.body, ...(subject === undefined ? {} : { subject }) };
}

/** Null where there is nothing to publish. */
function afterPut(
  { pending, hold, replacedClean }: FencedWrite,
  reply: StorePutReply,
  { ports, plan }: WriteContext,
): StoredWrite | null {
  if (reply.kind === "failed") {
    ports.emit({ type: "port-failed", port: "store", step: "put", error: reply.error });
    if (reply.error.code === "STORE_CORRUPT") pending.receipt = deadBehind(reply.error);
    else failWrite(pending, reply.error);
  }
  const step = plan.afterPut(pending.write, { id: hold?.id ?? NO_FENCE_ID, replacedClean }, putReplyOf(reply));
  if (step.next === "acknowledge") acknowledge(pending, step.outcome);
  if (step.next !== "publish") return null;
  const { outcome, copy, keep } = step;
  return { pending, hold, outcome, copy, keep };
}

function putReplyOf(reply: StorePutReply): PutReply<StoredBody> {
  return reply.kind === "failed" ? { kind: "unknown" } : reply;
}

/**
 * Only the other program or an operator can free the key, so the lane keeps the record as a dead letter and goes on.
 */
function deadBehind({ message }: CoreError): Receipt {
  const remedy = "Remove the item from the table, then send the record again";
  return { status: "dead", reason: FOREIGN_ITEM, detail: `${message} ${remedy}` };
}
