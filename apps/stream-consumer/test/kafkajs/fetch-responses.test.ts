/** kafkajs's own decoder and batch, over bytes as brokers send them. */
import { createRequire } from "node:module";
import { beforeAll, describe, expect, test } from "vitest";
import { correctFetchResponses, type FetchDecoder } from "../../src/kafkajs/fetch-responses.ts";
import { ABORT_MARKER, COMMIT_MARKER, fetchBytes, type WrittenBatch, type WrittenFetch } from "./fetch-bytes.ts";

/** What a handler gets, and where the next fetch begins. */
interface KafkaBatch {
  readonly messages: readonly { readonly offset: string; readonly value: Buffer | null }[];
  lastOffset(): string;
  isEmptyDueToFiltering(): boolean;
}

const requireOf = createRequire(import.meta.url);
const Batch: new (topic: string, fetchedOffset: string, partition: object) => KafkaBatch =
  requireOf("kafkajs/src/consumer/batch");
const decoder: FetchDecoder = requireOf("kafkajs/src/protocol/requests/fetch/v11/response");

beforeAll(() => correctFetchResponses());

const TOPIC = "flights";
const P = 1;
const Q = 2;

async function batchOf(written: Omit<WrittenFetch, "topic">, fetchedOffset = 0): Promise<KafkaBatch> {
  const { responses } = await decoder.decode(fetchBytes({ topic: TOPIC, ...written }));
  return new Batch(TOPIC, String(fetchedOffset), responses[0]?.partitions[0] ?? {});
}

function sent(baseOffset: number, producerId: number, value: string, key: Buffer | null = null): WrittenBatch {
  const records = [{ delta: 0, key, value: Buffer.from(value) }];
  return { baseOffset, lastOffsetDelta: 0, producerId, isTransactional: true, records };
}

function marker(baseOffset: number, producerId: number, key: Buffer): WrittenBatch {
  const records = [{ delta: 0, key, value: Buffer.alloc(6) }];
  return { baseOffset, lastOffsetDelta: 0, producerId, isTransactional: true, isControl: true, records };
}

function values({ messages }: KafkaBatch): readonly string[] {
  return messages.map(({ value }) => String(value));
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
    const { responses } = await decoder.decode(bytes.subarray(0, bytes.length - cutOff));
    const batch = new Batch(TOPIC, "0", responses[0]?.partitions[0] ?? {});
    expect([values(batch), batch.lastOffset()]).toEqual([["plain"], "0"]);
  });
});

/** Where the size of the partition's batches stands. */
function sizeAt(): number {
  return fetchBytes({ topic: TOPIC, highWatermark: 9, batches: [] }).length - 4;
}
