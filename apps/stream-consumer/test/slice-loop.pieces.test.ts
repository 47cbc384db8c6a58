import { describe, expect, test } from "vitest";
import { piecesOf } from "../src/slice-loop.ts";
import { type PartitionLag, totalLag } from "../src/stream-source.ts";

const record = (offset: bigint) => ({ offset, timestampMs: 5, key: null, value: null, headers: [] });

test("the lag is that of all partitions together", () => {
  const lag = (highWatermark: bigint, committed: bigint): PartitionLag => ({
    topic: "t",
    partition: 0,
    isAssigned: true,
    isRead: true,
    highWatermark,
    committed,
  });
  expect(totalLag([lag(10n, 4n), lag(7n, 7n)])).toBe(6);
});

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
