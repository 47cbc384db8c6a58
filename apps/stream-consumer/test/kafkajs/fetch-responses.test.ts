/** The decoder under kafkajs's own batch, over bytes in the form that brokers send. */
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { decodeFetch, takeIncidentsOf } from "../../src/kafkajs/fetch-responses.ts";
import type { StreamRecord } from "../../src/stream-source.ts";
import type { FetchLimits } from "../../src/kafkajs/fetch-budget.ts";
import type { FetchedMessage } from "../../src/kafkajs/fetched-message.ts";
import {
  ABORT_MARKER,
  batchBytes,
  COMMIT_MARKER,
  fetchBytes,
  recordBytes,
  type WrittenBatch,
  type WrittenFetch,
} from "./fetch-bytes.ts";

/** The records that a handler gets, and the offset where the next fetch begins. */
interface KafkaBatch {
  readonly messages: readonly FetchedMessage[];
  lastOffset(): string;
  isEmptyDueToFiltering(): boolean;
}

const requireOf = createRequire(import.meta.url);
const Batch: new (topic: string, fetchedOffset: string, partition: object) => KafkaBatch =
  requireOf("kafkajs/src/consumer/batch");

const TOPIC = "flights";
const P = 1;
const Q = 2;

takeIncidentsOf([TOPIC]);

async function batchOf(
  written: Omit<WrittenFetch, "topic">,
  fetchedOffset = 0,
  limits?: FetchLimits,
): Promise<KafkaBatch> {
  return batchOfBytes(fetchBytes({ topic: TOPIC, ...written }), fetchedOffset, {
    ...written,
    ...(limits && { limits }),
  });
}

async function batchOfBytes(
  bytes: Buffer,
  fetchedOffset: number,
  { version = 11, limits }: { readonly version?: number; readonly limits?: FetchLimits } = {},
): Promise<KafkaBatch> {
  const fetchOffset = String(fetchedOffset);
  const topics = [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset }] }];
  const { responses } = await decodeFetch(bytes, { version, topics, ...(limits && { limits }) });
  return new Batch(TOPIC, fetchOffset, responses[0]?.partitions[0] ?? {});
}

function sent(baseOffset: number, producerId: number, value: string, key: Buffer | null = null): WrittenBatch {
  const records = [{ delta: 0, key, value: Buffer.from(value) }];
  return { baseOffset, lastOffsetDelta: 0, producerId, isTransactional: true, records };
}

function marker(baseOffset: number, producerId: number, key: Buffer): WrittenBatch {
  const records = [{ delta: 0, key, value: Buffer.alloc(6) }];
  return { baseOffset, lastOffsetDelta: 0, producerId, isTransactional: true, isControl: true, records };
}

function recordsOf(messages: readonly FetchedMessage[]): readonly StreamRecord[] {
  return messages.flatMap(({ records }) => records);
}

function values({ messages }: KafkaBatch): readonly string[] {
  return recordsOf(messages).map(({ value }) => String(value));
}

describe("records of aborted transactions", () => {
  test("are not delivered where the later one was aborted first, as the broker lists them", async () => {
    const batch = await batchOf({
      highWatermark: 5,
      aborted: [
        { producerId: Q, firstOffset: 1 },
        { producerId: P, firstOffset: 0 },
      ],
      batches: [sent(0, P, "A"), sent(1, Q, "B"), marker(2, Q, ABORT_MARKER), marker(3, P, ABORT_MARKER), plain(4)],
    });
    expect(values(batch)).toEqual(["plain"]);
  });

  test("are not delivered where a fetch begins inside of several", async () => {
    const batch = await batchOf(
      {
        highWatermark: 9,
        aborted: [
          { producerId: P, firstOffset: 0 },
          { producerId: Q, firstOffset: 1 },
        ],
        batches: [sent(5, Q, "B"), sent(6, P, "A"), marker(7, P, ABORT_MARKER), marker(8, Q, ABORT_MARKER)],
      },
      5,
    );
    expect(values(batch)).toEqual([]);
    expect([batch.isEmptyDueToFiltering(), batch.lastOffset()]).toEqual([true, "8"]);
  });

  test("do not end at a record whose key is four zero bytes", async () => {
    const batch = await batchOf({
      highWatermark: 4,
      aborted: [{ producerId: P, firstOffset: 0 }],
      batches: [sent(0, P, "A", Buffer.alloc(4)), sent(1, P, "A2"), marker(2, P, ABORT_MARKER), sent(3, P, "C")],
    });
    expect(values(batch)).toEqual(["C"]);
  });

  test("leave those of committed ones, of the same producer and of others", async () => {
    const batch = await batchOf({
      highWatermark: 8,
      aborted: [{ producerId: P, firstOffset: 2 }],
      batches: [
        sent(0, P, "A"),
        marker(1, P, COMMIT_MARKER),
        sent(2, P, "gone"),
        sent(3, Q, "B"),
        marker(4, P, ABORT_MARKER),
        sent(5, P, "C"),
        marker(6, P, COMMIT_MARKER),
        marker(7, Q, COMMIT_MARKER),
      ],
    });
    expect(values(batch)).toEqual(["A", "B", "C"]);
  });
});

function plain(baseOffset: number): WrittenBatch {
  return { baseOffset, lastOffsetDelta: 0, records: [{ delta: 0, key: null, value: Buffer.from("plain") }] };
}

describe("a compacted batch", () => {
  test("ends behind what it covers, not behind its last record", async () => {
    const covers: WrittenBatch = { ...plain(0), lastOffsetDelta: 199_999 };
    const batch = await batchOf({ highWatermark: 200_001, batches: [covers] });
    expect([values(batch), batch.lastOffset()]).toEqual([["plain"], "199999"]);
    const next = await batchOf({ highWatermark: 200_001, batches: [covers] }, 1);
    expect([next.isEmptyDueToFiltering(), next.lastOffset()]).toEqual([true, "199999"]);
  });

  test("without any record is passed over as well", async () => {
    const emptied: WrittenBatch = { baseOffset: 7, lastOffsetDelta: 20_000, records: [] };
    const batch = await batchOf({ highWatermark: 20_008, batches: [emptied] }, 7);
    expect([batch.isEmptyDueToFiltering(), batch.lastOffset()]).toEqual([true, "20007"]);
  });

  test("that is cut off comes again", async () => {
    const bytes = fetchBytes({
      topic: TOPIC,
      highWatermark: 9,
      batches: [plain(0), { ...plain(1), lastOffsetDelta: 7 }],
    });
    const cutOff = 10;
    bytes.writeInt32BE(bytes.readInt32BE(sizeAt()) - cutOff, sizeAt());
    const batch = await batchOfBytes(bytes.subarray(0, bytes.length - cutOff), 0);
    expect([values(batch), batch.lastOffset()]).toEqual([["plain"], "0"]);
  });
});

/** The position of the size of the partition's batches. */
function sizeAt(): number {
  return fetchBytes({ topic: TOPIC, highWatermark: 9, batches: [] }).length - 4;
}

describe("a batch of very many records", () => {
  const COUNT = 200_000;
  const limits = { bytesMax: 1_000_000_000, recordsMax: 60_000 };
  const body = Buffer.concat(
    Array.from({ length: COUNT }, (_, delta) => recordBytes({ delta, key: null, value: Buffer.from("x") })),
  );
  const batches = [
    { baseOffset: 5, lastOffsetDelta: COUNT - 1, codec: "gzip", records: [], body, recordCount: COUNT } as const,
    plain(COUNT + 5),
  ];

  test("is read whole, fetch by fetch, each record once", async () => {
    let offset = 5;
    const sizes: number[] = [];
    for (; offset < COUNT + 6;) {
      const batch = await batchOf({ highWatermark: COUNT + 6, batches }, offset, limits);
      expect(batch.messages[0]?.records[0]?.offset).toBe(BigInt(offset));
      sizes.push(recordsOf(batch.messages).length);
      offset = Number(batch.lastOffset()) + 1;
    }
    expect(sizes).toEqual([60_000, 60_000, 60_000, 20_001]);
  });

  test("does not become more in memory than a fetch may", async () => {
    const batch = await batchOf({ highWatermark: COUNT + 6, batches }, 5, { bytesMax: 7_000, recordsMax: COUNT });
    // A record of this kind has seven bytes and up to two more.
    expect(recordsOf(batch.messages).length).toBeLessThanOrEqual(1_000);
    expect(recordsOf(batch.messages).length).toBeGreaterThan(700);
  });

  test("leaves nothing to the batches behind it once the budget is spent, and one record always comes", async () => {
    const batch = await batchOf({ highWatermark: 9, batches: [plain(0), plain(1)] }, 0, { bytesMax: 1, recordsMax: 9 });
    expect([values(batch), batch.lastOffset()]).toEqual([["plain"], "0"]);
  });
});

describe("a batch that nobody can read", () => {
  const good = batchBytes({ ...plain(7), lastOffsetDelta: 4 });
  const flipped = Buffer.from(good);
  flipped.writeUInt8(flipped.readUInt8(good.length - 3) ^ 1, good.length - 3);
  const bomb = {
    baseOffset: 7,
    lastOffsetDelta: 4,
    codec: "zstd",
    records: [],
    body: Buffer.alloc(67_108_865),
  } as const;
  const tooShort = { ...plain(7), lastOffsetDelta: 4, recordCount: 9, body: Buffer.alloc(9) };

  test.each<[string, WrittenBatch | Buffer, string]>([
    ["whose bytes are not those that were written", flipped, "checksum"],
    ["of a codec that there is not", { ...plain(7), lastOffsetDelta: 4, codecNumber: 5 }, "codec is number 5"],
    ["of a format that there is not", { ...plain(7), lastOffsetDelta: 4, magic: 3 }, "format is 3"],
    ["that becomes too large", { ...bomb, recordCount: 1 }, "zstd batch of"],
    ["whose codec meets other bytes", { ...plain(7), lastOffsetDelta: 4, codecNumber: 2 }, "snappy batch"],
    ["that claims more records than fit", { ...tooShort, recordCount: 2_000_000_000 }, "2000000000 records"],
    ["whose records have no end", tooShort, "damaged"],
    ["whose offsets go back", { ...plain(7), lastOffsetDelta: 4, records: [one(2), one(1)] }, "delta 1 comes after 2"],
    ["whose offsets go beyond it", { ...plain(7), lastOffsetDelta: 4, records: [one(9)] }, "delta 9 comes after -1"],
    ["with bytes behind its last record", { ...plain(7), lastOffsetDelta: 4, recordCount: 0 }, "bytes follow"],
  ])("%s is told by its offsets, behind what comes before it", async (_what, bad, detail) => {
    const batches = [plain(6), bad, plain(12)];
    const before = await batchOf({ highWatermark: 13, batches }, 6);
    expect([values(before), before.lastOffset()]).toEqual([["plain"], "6"]);
    const at = await batchOf({ highWatermark: 13, batches: batches.slice(1) }, 7);
    expect(at.messages).toHaveLength(1);
    expect(at.messages[0]).toMatchObject({ offset: "7", incident: { kind: "unreadable", endOffset: 12n } });
    expect(at.messages[0]?.incident).toMatchObject({ detail: expect.stringContaining(detail) });
    const behind = await batchOf({ highWatermark: 13, batches: batches.slice(2) }, 12);
    expect(values(behind)).toEqual(["plain"]);
  });

  test("and is the last one ends where it says, as far as the partition reaches, and moves on in any case", async () => {
    const endOf = async (highWatermark: number): Promise<unknown> =>
      (await batchOf({ highWatermark, batches: [flipped] }, 8)).messages[0]?.incident;
    expect(await endOf(12)).toMatchObject({ endOffset: 12n });
    expect(await endOf(10)).toMatchObject({ endOffset: 9n });
  });

  test("is an error for consumers that are not ours", async () => {
    const bytes = fetchBytes({ topic: "other", highWatermark: 13, batches: [flipped] });
    const topics = [{ topic: "other", partitions: [{ partition: 0, fetchOffset: "7" }] }];
    await expect(decodeFetch(bytes, { version: 11, topics })).rejects.toMatchObject({ code: "BATCH_UNREADABLE" });
  });
});

describe("errors of one partition", () => {
  test("of an offset that is not there is told, and the others of the fetch are read", async () => {
    const batch = await batchOf({ highWatermark: -1, errorCode: 1, batches: [] }, 20);
    expect(batch.messages).toMatchObject([{ offset: "20", incident: { kind: "out-of-range" } }]);
  });

  test("of a log that the broker finds damaged stops it, and nothing else", async () => {
    const batch = await batchOf({ highWatermark: -1, errorCode: 2, batches: [] }, 20);
    expect(batch.messages).toMatchObject([{ offset: "20", incident: { kind: "unreadable", endOffset: 21n } }]);
  });

  test("of another kind are left to kafkajs", async () => {
    const bytes = fetchBytes({ topic: TOPIC, highWatermark: -1, errorCode: 6, batches: [] });
    const { responses } = await decodeFetch(bytes, { version: 11, topics: [] });
    expect(responses[0]?.partitions).toMatchObject([{ errorCode: 6, messages: [] }]);
  });
});

test.each([4, 5, 6, 7, 8, 9, 10, 11])("version %i of the response is read", async (version) => {
  const batch = await batchOf({ version, highWatermark: 1, batches: [plain(0)] });
  expect([values(batch), batch.lastOffset()]).toEqual([["plain"], "0"]);
});

test("headers come as they were sent, repeated ones and those without a value, under any name", async () => {
  const headers = [
    ["constructor", Buffer.from("ff00", "hex")],
    ["trace", Buffer.from("one")],
    ["gone", null],
    ["trace", Buffer.from("two")],
  ] as const;
  const batch = await batchOf({ highWatermark: 1, batches: [{ ...plain(0), records: [{ ...one(0), headers }] }] });
  expect(batch.messages[0]?.record.headers).toEqual(headers.map(([name, value]) => ({ name, value })));
});

function one(delta: number): WrittenBatch["records"][number] {
  return { delta, key: null, value: Buffer.from("x") };
}
