/**
 * Drives the write plan for one batch of distinct keys: all fences, then all
 * puts, then all publishes. A record that fails at one step does not take the
 * others with it.
 */
import { type CacheLifetime, lifetimeOf } from "./cache-lifetime.ts";
import { CoreError } from "./errors.ts";
import type { CacheFailure, CachePublish, CacheSettleReply } from "./ports/cache.ts";
import type { StoredBody, StorePutReply } from "./ports/store.ts";
import type {
  FenceHold,
  PublishReply,
  PutReply,
  VersionedWrite,
  WriteOutcome,
  WritePlan,
  WriteStep,
} from "./protocol/write-plan.ts";
import { countReceipts, noReceipts, type Receipt } from "./receipts.ts";
import type { WriteRecord } from "./records.ts";
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
  readonly hold: FenceHold;
}

interface Publishing {
  readonly journey: Journey;
  readonly outcome: WriteOutcome;
  readonly command: CachePublish;
}

export async function writeBatch(
  records: readonly WriteRecord[],
  context: WriteBatchContext,
): Promise<readonly Receipt[]> {
  const { clock, emit } = context.ports;
  const startedMs = clock.monotonicMs();
  const journeys = records.map(startJourney);
  const fenced = await fenceAll(journeys, context);
  const covered = journeys.reduce(
    (sum, { receipt }) => sum + (receipt === null || receipt.status === "failed" ? 0 : 1),
    0,
  );
  const publishing = await storeAll(fenced, context);
  await publishAll(publishing, context);
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

async function fenceAll(journeys: readonly Journey[], { ports, plan }: WriteBatchContext): Promise<readonly Held[]> {
  const commands = journeys.map(({ record }) => ({
    key: record.key,
    version: record.version,
    id: ports.nextId(),
  }));
  const replies = await ports.cache.fence(ports.epoch, commands);
  const held: Held[] = [];
  journeys.forEach((journey, index) => {
    const reply = replies[index] ?? unanswered("fence");
    if (reply.kind === "failed") {
      journey.receipt = failed(reply.error);
      ports.emit({ type: "port-failed", port: "cache", step: "fence", error: reply.error });
      return;
    }
    const step = plan.afterFence(journey.write, reply);
    if (step.next === "store") held.push({ journey, hold: step.hold });
    else if (step.next === "acknowledge") journey.receipt = receiptOf(journey.record, step.outcome);
  });
  return held;
}

async function storeAll(held: readonly Held[], context: WriteBatchContext): Promise<readonly Publishing[]> {
  if (held.length === 0) return [];
  const { ports, plan } = context;
  const puts = held.map(({ journey: { record, write } }) => ({
    key: record.key,
    version: record.version,
    body: write.body,
    ...(record.subject === undefined ? {} : { subject: record.subject }),
  }));
  const replies = await ports.store.put(puts);
  const publishing: Publishing[] = [];
  held.forEach(({ journey, hold }, index) => {
    const reply: StorePutReply = replies[index] ?? {
      kind: "failed",
      error: new CoreError("STORE_UNAVAILABLE", "the store gave no reply for this record"),
    };
    if (reply.kind === "failed") {
      journey.receipt = failed(reply.error);
      ports.emit({ type: "port-failed", port: "store", step: "put", error: reply.error });
    }
    const step = plan.afterPut(journey.write, hold, putReplyOf(reply));
    if (step.next === "publish") publishing.push(publicationOf(journey, step, context));
  });
  return publishing;
}

function putReplyOf(reply: StorePutReply): PutReply<StoredBody> {
  return reply.kind === "failed" ? { kind: "unknown" } : reply;
}

function publicationOf(
  journey: Journey,
  step: Extract<WriteStep<StoredBody>, { next: "publish" }>,
  { ports, lifetime }: WriteBatchContext,
): Publishing {
  const { copy, hold, keep, outcome } = step;
  const ttlMs = keep ? lifetimeOf(copy, lifetime, ports.clock.nowMs(), ports.random) : 0;
  return { journey, outcome, command: { key: journey.record.key, id: hold.id, copy, ttlMs } };
}

async function publishAll(publishing: readonly Publishing[], { ports, plan }: WriteBatchContext): Promise<void> {
  if (publishing.length === 0) return;
  const commands = publishing.map(({ command }) => command);
  const replies = await ports.cache.publish(ports.epoch, commands);
  let unansweredCount = 0;
  let lastError: CoreError | null = null;
  publishing.forEach(({ journey, outcome }, index) => {
    const reply = replies[index] ?? unanswered("publish");
    if (reply.kind === "failed") {
      lastError = reply.error;
      unansweredCount += 1;
    }
    const step = plan.afterPublish(outcome, publishReplyOf(reply));
    if (step.next === "acknowledge") journey.receipt = receiptOf(journey.record, step.outcome);
    else if (reply.kind === "failed") journey.receipt = failed(reply.error);
  });
  if (lastError !== null) ports.emit({ type: "publish-unanswered", records: unansweredCount, error: lastError });
}

function publishReplyOf(reply: CacheSettleReply): PublishReply {
  if (reply.kind === "settled") return { kind: "published" };
  return { kind: reply.error.code === "CACHE_LOST" ? "lost" : "unknown" };
}

function receiptOf({ version }: WriteRecord, outcome: WriteOutcome): Receipt {
  return { ...outcome, version };
}

function failed(error: CoreError): Receipt {
  return { status: "failed", error };
}

function unanswered(step: string): CacheFailure {
  return { kind: "failed", error: new CoreError("CACHE_UNAVAILABLE", `the cache gave no reply to ${step}`) };
}
