import { expect, test } from "vitest";
import { chunked } from "../../src/index.ts";
import { statementsPerCall } from "../../src/dynamodb/partiql-bulk.ts";

const sizesOf = (records: number): readonly number[] =>
  chunked(Array.from({ length: records }), statementsPerCall(records)).map(({ length }) => length);

test("a few records go in several calls at once, and many in as few calls as there can be", () => {
  expect([4, 8, 15, 16, 32, 100].map(sizesOf)).toEqual([
    [4],
    [8],
    [15],
    [8, 8],
    [8, 8, 8, 8],
    [25, 25, 25, 25],
  ]);
  expect(sizesOf(500)).toEqual(Array.from({ length: 20 }, () => 25));
});

test("no call has more than DynamoDB takes, and none is much longer than the others", () => {
  for (let records = 1; records <= 1_000; records += 1) {
    const sizes = sizesOf(records);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(25);
    expect(sizes.length).toBeLessThanOrEqual(Math.max(4, Math.ceil(records / 25)));
  }
});
