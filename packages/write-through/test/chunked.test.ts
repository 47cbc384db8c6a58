import { expect, it } from "vitest";
import { chunked } from "../src/index.ts";

it("splits items in order, the last run being what is left", () => {
  expect(chunked([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(chunked([1, 2], 2)).toEqual([[1, 2]]);
  expect(chunked([], 2)).toEqual([]);
});
