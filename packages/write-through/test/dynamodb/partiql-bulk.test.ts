import { expect, test } from "vitest";
import { chunked } from "../../src/index.ts";
import { statementsPerCall } from "../../src/dynamodb/partiql-bulk.ts";

const sizesOf = (records: number): readonly number[] =>
  chunked(Array.from({ length: records }), statementsPerCall(records)).map(({ length }) => length);

test("records that need more than one call go in even ones, of which a few run at once", () => {
  expect([4, 25, 26, 32, 100].map(sizesOf)).toEqual([[4], [25], [7, 7, 7, 5], [8, 8, 8, 8], [25, 25, 25, 25]]);
  expect(sizesOf(500)).toEqual(Array.from({ length: 20 }, () => 25));
});

test("no call has more than DynamoDB takes, and none is much longer than the others", () => {
  for (let records = 1; records <= 1_000; records += 1) {
    const sizes = sizesOf(records);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(25);
    expect(sizes.length).toBeLessThanOrEqual(Math.max(4, Math.ceil(records / 25)));
  }
});
