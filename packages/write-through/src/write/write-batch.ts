/**
 * Drives the write plan, under the cache epoch of the cache, for one batch of
 * distinct keys: all fences, then all puts, then all publishes. A record that
 * fails at one step does not take the others with it.
 */
import { type CacheLifetime, lifetimeOf } from "../cache-lifetime.ts";
import { CoreError } from "../errors.ts";
import type { CacheFailure, CachePublish, CacheSettleReply } from "../ports/cache.ts";
import type { StoredBody, StoredCopy, StorePutReply } from "../ports/store.ts";
import type { CacheAnswer, Publication, CacheEpochHold } from "../protocol/cache-epoch-plan.ts";
import type { PutReply, VersionedWrite, WriteOutcome, WritePlan } from "../protocol/write-plan.ts";
import { countReceipts, FOREIGN_ITEM, noReceipts, type Receipt } from "./receipts.ts";
import type { WriteRecord } from "./records.ts";
import { decide } from "../cache-epoch/cache-epoch-access.ts";
import type { WriterPorts } from "./writer.ts";

export interface WriteBatchContext {
  readonly ports: WriterPorts;
  readonly lifetime: CacheLifetime;
  readonly plan: WritePlan;
}

/** One record on its way. */
interface Journey {
  readonly record: WriteRecord;
  readonly write: VersionedWrite<StoredBody>;
  receipt: Receipt | null;
}

interface Held {
  readonly journey: Journey;
  /** Null: stored without a fence, while the cache is off. */
  readonly hold: CacheEpochHold | null;
  readonly replacedClean: boolean;
}

interface Publishing {
  readonly journey: Journey;
  readonly hold: CacheEpochHold | null;
  readonly outcome: WriteOutcome;
  readonly copy: StoredCopy;
  readonly keep: boolean;
}

/** Changes of the cache epoch that a batch goes along with before its records are `failed`, to be sent again. */
const CACHE_EPOCHS_MAX = 4;

export async function writeBatch(
  records: readonly WriteRecord[],
  context: WriteBatchContext,
): Promise<readonly Receipt[]> {
  const { clock, emit } = context.ports;
  const startedMs = clock.monotonicMs();
  const journeys = records.map(startJourney);
  let covered = 0;
  try {
    const fenced = await fenceAll(journeys, context);
    covered = journeys.filter(({ receipt }) => receipt !== null && receipt.status !== "failed").length;
    await publishAll(await storeAll(fenced, context), context);
  } catch (error) {
    // The store does not say what the cache epoch is. Whatever was stored is a duplicate when it comes again.
    if (!(error instanceof CoreError)) throw error;
    for (const journey of journeys) journey.receipt ??= failed(error);
  }
  const receipts = journeys.map(({ receipt }) => receipt ?? failed(new CoreError("STORE_UNAVAILABLE", "no receipt")));
  const { applied, superseded, duplicate, failed: failures } = countReceipts(noReceipts(), receipts);
  const durationMs = clock.monotonicMs() - startedMs;
  emit({
    type: "write-batch",
    records: records.length,
    applied,
    superseded,
    duplicate,
    failed: failures,
    covered,
    durationMs,
  });
  return receipts;
}

function startJourney(record: WriteRecord): Journey {
  const { version, payload, expiresAtMs, populate } = record;
  return { record, write: { version, body: { payload, expiresAtMs }, populate }, receipt: null };
}

async function fenceAll(journeys: readonly Journey[], context: WriteBatchContext): Promise<readonly Held[]> {
  const { cacheEpoch } = context.ports;
  const held: Held[] = [];
  let left = journeys;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const decision = await decide(cacheEpoch, (known) => cacheEpoch.plan.beforeFence(known));
    if (decision.next === "store") {
      held.push(...left.map((journey) => ({ journey, hold: null, replacedClean: false })));
      break;
    }
    const unfenced = await fenceOnce(left, { decision, held, context });
    const hasChanged =
      cacheEpoch.known?.cacheEpoch.epoch !== decision.epoch || cacheEpoch.known.cacheEpoch.mode !== decision.mode;
    if (!hasChanged || attempt === CACHE_EPOCHS_MAX) break;
    for (const journey of unfenced) journey.receipt = null;
    left = unfenced;
  }
  return held;
}

/** Returns the records without a fence, each with its failure. */
async function fenceOnce(
  journeys: readonly Journey[],
  {
    decision: { epoch, mode },
    held,
    context: { ports, plan },
  }: {
    readonly decision: Pick<CacheEpochHold, "epoch" | "mode">;
    readonly held: Held[];
    readonly context: WriteBatchContext;
  },
): Promise<readonly Journey[]> {
  const commands = journeys.map(({ record }) => ({ key: record.key, version: record.version, id: ports.nextId() }));
  const replies = await ports.cache.fence(epoch, commands);
  const unfenced: Journey[] = [];
  let failure: CoreError | null = null;
  journeys.forEach((journey, index) => {
    const reply = replies[index] ?? unanswered("fence");
    if (reply.kind === "failed") {
      journey.receipt = failed(reply.error);
      unfenced.push(journey);
      failure = reply.error;
      ports.emit({ type: "port-failed", port: "cache", step: "fence", error: reply.error });
      return;
    }
    const step = plan.afterFence(journey.write, reply);
    if (step.next === "store") {
      held.push({ journey, hold: { id: step.hold.id, epoch, mode }, replacedClean: step.hold.replacedClean });
    } else if (step.next === "acknowledge") journey.receipt = receiptOf(journey.record, step.outcome);
  });
  await tellCacheEpoch(ports, failure, epoch);
  return unfenced;
}

async function storeAll(held: readonly Held[], { ports, plan }: WriteBatchContext): Promise<readonly Publishing[]> {
  if (held.length === 0) return [];
  const { cacheEpoch } = ports;
  const puts = held.map(({ journey: { record, write } }) => ({
    key: record.key,
    version: record.version,
    body: write.body,
    ...(record.subject === undefined ? {} : { subject: record.subject }),
  }));
  await decide(cacheEpoch, (known, now) => cacheEpoch.plan.beforeStore(known, now));
  const replies = await ports.store.put(puts);
  const publishing: Publishing[] = [];
  held.forEach(({ journey, hold, replacedClean }, index) => {
    const reply: StorePutReply = replies[index] ?? {
      kind: "failed",
      error: new CoreError("STORE_UNAVAILABLE", "the store gave no reply for this record"),
    };
    if (reply.kind === "failed") {
      journey.receipt = reply.error.code === "STORE_CORRUPT" ? deadBehind(reply.error) : failed(reply.error);
      ports.emit({ type: "port-failed", port: "store", step: "put", error: reply.error });
    }
    const step = plan.afterPut(journey.write, { id: hold?.id ?? "", replacedClean }, putReplyOf(reply));
    if (step.next === "publish") {
      const { outcome, copy, keep } = step;
      publishing.push({ journey, hold, outcome, copy, keep });
    } else if (step.next === "acknowledge") journey.receipt = receiptOf(journey.record, step.outcome);
  });
  return publishing;
}

function putReplyOf(reply: StorePutReply): PutReply<StoredBody> {
  return reply.kind === "failed" ? { kind: "unknown" } : reply;
}

async function publishAll(publishing: readonly Publishing[], context: WriteBatchContext): Promise<void> {
  const { cacheEpoch } = context.ports;
  let left = publishing;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    const first = left[0]?.hold ?? null;
    await decide(cacheEpoch, (known, now) => cacheEpoch.plan.beforeAcknowledgement(known, now, first));
    left = await publishOnce(left, context);
    if (left.length === 0 || attempt === CACHE_EPOCHS_MAX) break;
    await cacheEpoch.look();
  }
}

interface Sending {
  readonly one: Publishing;
  readonly publication: Publication;
}

/** Returns those that are not acknowledged, each with its failure. */
async function publishOnce(
  publishing: readonly Publishing[],
  context: WriteBatchContext,
): Promise<readonly Publishing[]> {
  const { ports } = context;
  const { cacheEpoch } = ports;
  const { known } = cacheEpoch;
  const now = cacheEpoch.now();
  const left: Publishing[] = [];
  const sending: Sending[] = [];
  for (const one of publishing) {
    const decision = known === null ? null : cacheEpoch.plan.beforeAcknowledgement(known, now, one.hold);
    if (decision?.next === "publish") sending.push({ one, publication: decision.publication });
    else if (decision?.next === "acknowledge") acknowledge(one, "published", context);
    else left.push(one);
  }
  const epoch = sending[0]?.publication.epoch;
  if (epoch === undefined) return left;
  const replies = await ports.cache.publish(
    epoch,
    sending.map((each) => commandOf(each, context)),
  );
  let failure: CoreError | null = null;
  let unansweredCount = 0;
  sending.forEach(({ one, publication }, index) => {
    const reply = replies[index] ?? unanswered("publish");
    if (reply.kind === "failed") {
      failure = reply.error;
      unansweredCount += 1;
      one.journey.receipt = failed(reply.error);
    }
    const answer = answerOf(reply);
    if (cacheEpoch.plan.afterPublish(publication, answer).next === "look") left.push(one);
    else acknowledge(one, answer === "done" ? "published" : "unknown", context);
  });
  if (failure !== null) ports.emit({ type: "publish-unanswered", records: unansweredCount, error: failure });
  await tellCacheEpoch(ports, failure, epoch);
  return left;
}

function commandOf({ one, publication }: Sending, { ports, lifetime }: WriteBatchContext): CachePublish {
  const isKept = one.keep && publication.mayKeep;
  const ttlMs = isKept ? lifetimeOf(one.copy, lifetime, ports.cacheEpoch.timeOfDay(), ports.random) : 0;
  return { key: one.journey.record.key, id: publication.id, copy: one.copy, ttlMs };
}

function acknowledge(
  { journey, outcome }: Publishing,
  kind: "published" | "unknown",
  { plan }: WriteBatchContext,
): void {
  const step = plan.afterPublish(outcome, { kind });
  if (step.next === "acknowledge") journey.receipt = receiptOf(journey.record, step.outcome);
}

/** Of a publish, a fill or a raise. */
export function answerOf(reply: CacheSettleReply): CacheAnswer {
  if (reply.kind === "settled") return "done";
  return reply.error.code === "CACHE_LOST" ? "lost" : "unknown";
}

/** The cache has answered, or has failed: the cache epoch may change by it. */
export async function tellCacheEpoch(
  { cacheEpoch }: Pick<WriterPorts, "cacheEpoch">,
  failure: CoreError | null,
  epoch: number,
): Promise<void> {
  // It answered; this process did not listen.
  if (failure === null || failure.code === "PROCESS_STALLED") cacheEpoch.cacheAnswered();
  else await cacheEpoch.cacheFailed(failure, epoch);
}

function receiptOf({ version }: WriteRecord, outcome: WriteOutcome): Receipt {
  return { ...outcome, version };
}

/** Only whoever put the foreign item there, or an operator, can make room: its lane keeps the record and goes on. */
function deadBehind({ message }: CoreError): Receipt {
  const remedy = "Remove the item from the table, then send the record again";
  return { status: "dead", reason: FOREIGN_ITEM, detail: `${message} ${remedy}` };
}

function failed(error: CoreError): Receipt {
  return { status: "failed", error };
}

function unanswered(step: string): CacheFailure {
  return { kind: "failed", error: new CoreError("CACHE_UNAVAILABLE", `the cache gave no reply to ${step}`) };
}
