/**
 * Fetches of Kafka. The generator wrote every record, and knows which
 * transaction each belongs to and how it ended: the right result is each
 * committed record once, in order, with its bytes, whatever the sizes of the
 * fetches; and each damaged batch by its place.
 */
import { decodeFetch, takeIncidentsOf } from "@trilane/stream-consumer/fetching";
import { mustEqual } from "../differs.ts";
import { edgeKind } from "../kind.ts";
import { productWork } from "../product-work.ts";
import { type BatchCase, batchCases } from "./batch-case.ts";
import { PartitionLog } from "./partition-log.ts";
import type { WrittenRecord } from "./written-batch.ts";

const TOPIC = "generated";
const VERSION = 11;
/** A fetch brings at least one batch, or one record of it. */
const FETCHES_MAX = 10_000;

export const batchKind = edgeKind<BatchCase>(
  "batch",
  "record batches of Kafka: codecs, transactions, compaction, damage; right is what the generator wrote",
  () => {
    takeIncidentsOf([TOPIC]);
    return Promise.resolve({
      cases: batchCases,
      check: checkBatches,
      fileOf: (one: BatchCase) => ({ extension: "json", bytes: Buffer.from(JSON.stringify(one, asHex, 2)) }),
    });
  },
);

interface ReadPartition {
  readonly records: readonly WrittenRecord[];
  /** The first offsets of what could not be read. */
  readonly unreadable: readonly number[];
  readonly position: number;
}

async function checkBatches(one: BatchCase): Promise<void> {
  const log = new PartitionLog(one.steps);
  const read = await readAll(log, one);
  mustEqual("records", read.records.map(shownRecord), log.visible.map(shownRecord));
  mustEqual("unreadable batches", read.unreadable, log.damaged);
  mustEqual("position", read.position, log.readableEnd);
}

async function readAll(log: PartitionLog, { fetchBytesMax, recordsMax, bytesMax }: BatchCase): Promise<ReadPartition> {
  const records: WrittenRecord[] = [];
  const unreadable: number[] = [];
  let position = 0;
  for (let fetch = 0; position < log.readableEnd; fetch += 1) {
    if (fetch === FETCHES_MAX) throw new Error(`the position stays at ${position}`);
    const bytes = log.fetchBytes(position, {
      topic: TOPIC,
      bytesMax: fetchBytesMax[fetch % fetchBytesMax.length] ?? 1,
    });
    const topics = [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset: String(position) }] }];
    const limits = { recordsMax, bytesMax };
    const { responses } = await productWork(() => decodeFetch(bytes, { version: VERSION, topics, limits }));
    const messages = responses[0]?.partitions[0]?.messages ?? [];
    const incident = messages[0]?.incident ?? null;
    if (incident !== null) {
      if (incident.kind !== "unreadable") throw new Error(`an incident of another kind: ${incident.kind}`);
      unreadable.push(baseOf(log, position));
      position = Number(incident.endOffset);
      continue;
    }
    const visible = messages.filter(({ isControlRecord }) => !isControlRecord);
    for (const { offset, timestampMs, key, value, headers } of visible.flatMap((message) => message.records)) {
      records.push({
        offset: Number(offset),
        timestampMs: timestampMs ?? -1,
        key: own(key),
        value: own(value),
        headers: headers.map((header) => ({ name: header.name, value: own(header.value) })),
      });
    }
    position = Number(messages.at(-1)?.offset ?? position - 1) + 1;
  }
  return { records, unreadable, position };
}

/** An incident is told at the position; the batch may begin behind it, over offsets that compaction took. */
function baseOf(log: PartitionLog, position: number): number {
  return log.damaged.find((base) => base >= position) ?? position;
}

function own(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}

function shownRecord({ offset, timestampMs, key, value, headers }: WrittenRecord): readonly unknown[] {
  const hex = (bytes: Buffer | null): string | null => bytes?.toString("hex") ?? null;
  return [offset, timestampMs, hex(key), hex(value), headers.map((header) => [header.name, hex(header.value)])];
}

function asHex(_name: string, value: unknown): unknown {
  const isBytes = typeof value === "object" && value !== null && "type" in value && value.type === "Buffer";
  return isBytes && "data" in value ? Buffer.from(value.data as number[]).toString("hex") : value;
}
