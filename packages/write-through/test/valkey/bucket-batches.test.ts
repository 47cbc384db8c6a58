import { describe, expect, it } from "vitest";
import { batchesOf, splitBatch, toPositions } from "../../src/valkey/bucket-batches.ts";
import type { Bucket } from "../../src/valkey/cache-routing.ts";

const EVEN = { guardKey: "even" } as Bucket;
const ODD = { guardKey: "odd" } as Bucket;
const bucketOf = (item: number): Bucket => (item % 2 === 0 ? EVEN : ODD);
const double = ({ items }: { readonly items: readonly number[] }): readonly number[] => items.map((item) => 2 * item);

describe("batches of one bucket each", () => {
  it("hold their items in order, each with its position in the whole call", () => {
    expect(batchesOf([3, 4, 5, 6], bucketOf)).toEqual([
      { bucket: ODD, items: [3, 5], positions: [0, 2] },
      { bucket: EVEN, items: [4, 6], positions: [1, 3] },
    ]);
  });

  it("are cut with their positions", () => {
    const [odd] = batchesOf([1, 3, 5], bucketOf);
    expect(odd === undefined ? [] : splitBatch(odd, { countMax: 2, bytesOf: () => 1 })).toEqual([
      { bucket: ODD, items: [1, 3], positions: [0, 1] },
      { bucket: ODD, items: [5], positions: [2] },
    ]);
  });

  it("bring their replies back to the positions of the items", () => {
    const items = [3, 4, 5, 6, 7, 9];
    const batches = batchesOf(items, bucketOf).flatMap((batch) => splitBatch(batch, { countMax: 2, bytesOf: () => 1 }));
    expect(toPositions(batches, double)).toEqual(items.map((item) => 2 * item));
  });

  it("are one batch of the whole call where all items have one bucket", () => {
    const items = [5, 1, 3];
    const batches = batchesOf(items, bucketOf).flatMap((batch) => splitBatch(batch, { countMax: 3, bytesOf: () => 1 }));
    expect(batches).toEqual([{ bucket: ODD, items, positions: null }]);
    expect(toPositions(batches, double)).toEqual([10, 2, 6]);
    expect(toPositions(batchesOf([], bucketOf), double)).toEqual([]);
  });

  it("refuse another number of replies than they have items", () => {
    expect(() => toPositions(batchesOf([1, 3], bucketOf), () => [1])).toThrow(RangeError);
  });
});
