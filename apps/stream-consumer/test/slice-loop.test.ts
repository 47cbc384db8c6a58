import type { CheckedChanges } from "@trilane/feature-groups";
import { createLogger, Metrics } from "@trilane/lane-kit";
import { CoreError, type Receipt } from "@trilane/write-through";
import { VirtualClock } from "@trilane/write-through/testing";
import { describe, expect, test } from "vitest";
import { createKafka, type PartitionId, type Slice } from "../src/index.ts";
import { KafkaSource } from "../src/kafkajs/kafka-source.ts";
import { piecesOf, SliceLoop, type SliceLoopOptions } from "../src/slice-loop.ts";

const TOPIC = "flights";
const SLICE: Slice = {
  topic: TOPIC,
  partition: 0,
  records: [{ offset: 0n, timestampMs: 0, key: null, value: Buffer.from("{}"), headers: [] }],
  endOffset: 1n,
  heartbeat: async () => undefined,
  take: () => undefined,
  commit: async () => undefined,
};
const logger = createLogger("test", "silent");

/** A loop whose writer fails for a while, over the given source. */
function loopOver(source: SliceLoopOptions["source"], clock: VirtualClock, isFailing = (): boolean => true): SliceLoop {
  const failed: Receipt = { status: "failed", error: new CoreError("STORE_UNAVAILABLE", "gone") };
  const applied = { status: "applied", version: "v" } as unknown as Receipt;
  const write = async (): Promise<readonly Receipt[]> => [isFailing() ? failed : applied];
  const checkBefore = (): CheckedChanges => ({ add: () => Promise.resolve() });
  const writer = { write, delete: write, writeMany: write, checkBefore, mayBeErased: () => false };
  return new SliceLoop({
    platform: { writer, clock, random: () => 0.5, metrics: new Metrics(), logger },
    source,
    bindings: new Map([[TOPIC, "routes"]]),
    deadLetters: { send: async () => undefined },
    retry: { attemptsMax: 1, baseMs: 1, maxMs: 1 },
    redelivery: { baseMs: 1_000, maxMs: 1_000 },
    pieceRecordsMax: 10,
    gather: { callsMax: 2, recordsMax: 100, besideRecordsMax: 10, enoughRecords: 10 },
    window: { recordsMax: 100, bytesMax: 10_000 },
    refusedInRowMax: 100,
    skip: [],
    onFatal: (error) => {
      throw error;
    },
  });
}

test("a partition that cannot be resumed yet, because the brokers are gone too, is resumed later", async () => {
  const clock = new VirtualClock();
  const resumed: PartitionId[] = [];
  let refusals = 2;
  const source = {
    pause: () => undefined,
    resume(partition: PartitionId) {
      refusals -= 1;
      if (refusals >= 0) throw new Error("consumer group was not initialized");
      resumed.push(partition);
    },
  };
  const loop = loopOver(source, clock);
  await loop.handle(SLICE);
  await loop.idle();
  for (let second = 0; second < 3; second += 1) clock.advance(1_000);
  expect(resumed).toMatchObject([{ topic: TOPIC, partition: 0 }]);
  loop.abort();
});

test.each([
  ["further ahead, as another process has left it", 5n],
  ["at the same place, as it is delivered again", 0n],
])("a partition that was given back and comes %s is committed again", async (_, from) => {
  const clock = new VirtualClock();
  const commits: bigint[] = [];
  const sliceAt = (offset: bigint): Slice => ({
    ...SLICE,
    records: SLICE.records.map((record) => ({ ...record, offset })),
    endOffset: offset + 1n,
    commit: async (to) => void commits.push(to),
  });
  let isFailing = true;
  const loop = loopOver({ pause: () => undefined, resume: () => undefined }, clock, () => isFailing);
  await loop.handle(sliceAt(0n));
  await loop.idle();
  expect(commits).toEqual([]);
  isFailing = false;
  await loop.handle(sliceAt(from));
  await loop.idle();
  await loop.handle(sliceAt(from + 1n));
  await loop.idle();
  expect(commits).toEqual([from + 1n, from + 2n]);
  loop.abort();
});

test("a partition whose offsets go back is committed where it is", async () => {
  const commits: bigint[] = [];
  const loop = loopOver({ pause: () => undefined, resume: () => undefined }, new VirtualClock(), () => false);
  for (const offset of [99n, 50n]) {
    const records = SLICE.records.map((record) => ({ ...record, offset }));
    await loop.handle({ ...SLICE, records, endOffset: offset + 1n, commit: async (to) => void commits.push(to) });
    await loop.idle();
  }
  expect(commits).toEqual([100n, 51n]);
});

test("a partition of a client that has no group is given back without an error", async () => {
  const clock = new VirtualClock();
  const kafka = createKafka({ brokers: ["127.0.0.1:1"], clientId: "test", logger });
  const loop = loopOver(new KafkaSource(kafka, { groupId: "test", topics: [TOPIC], logger }), clock);
  await loop.handle(SLICE);
  await loop.idle();
  clock.advance(1_000);
  clock.advance(1_000);
  loop.abort();
  clock.advance(1_000);
});

const record = (offset: bigint) => ({ offset, timestampMs: 5, key: null, value: null, headers: [] });

describe("the pieces of a slice", () => {
  test("hold all records once, in order, and end where the slice ends", () => {
    const records = [3n, 4n, 7n, 8n, 9n].map(record);
    const pieces = piecesOf({ records, endOffset: 12n }, 2);
    expect(pieces.flatMap((piece) => piece.records)).toEqual(records);
    expect(pieces.map(({ startOffset, endOffset }) => [startOffset, endOffset])).toEqual([
      [3n, 7n],
      [7n, 9n],
      [9n, 12n],
    ]);
  });
});
