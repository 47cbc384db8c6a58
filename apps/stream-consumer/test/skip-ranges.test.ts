import { SettingsError } from "@trilane/lane-kit";
import { expect, test } from "vitest";
import { isSkipped, parseSkipRanges } from "../src/skip-ranges.ts";

const ranges = parseSkipRanges(["flights/3@1200-1319", "a.b/0@0-0"]);
const offsets = (firstOffset: bigint, lastOffset: bigint) => ({ firstOffset, lastOffset });

test("a range is given up where all of it is named, in its partition alone", () => {
  const partition = { topic: "flights", partition: 3 };
  expect(isSkipped(ranges, partition, offsets(1_200n, 1_319n))).toBe(true);
  expect(isSkipped(ranges, partition, offsets(1_250n, 1_250n))).toBe(true);
  expect(isSkipped(ranges, partition, offsets(1_199n, 1_250n))).toBe(false);
  expect(isSkipped(ranges, partition, offsets(1_250n, 1_320n))).toBe(false);
  expect(isSkipped(ranges, { topic: "flights", partition: 2 }, offsets(1_250n, 1_250n))).toBe(false);
  expect(isSkipped(ranges, { topic: "a.b", partition: 0 }, offsets(0n, 0n))).toBe(true);
});

test.each(["flights", "flights/3", "flights/3@5", "flights/x@1-2", "flights/3@2-1", "/3@1-2", "flights/3@1-"])(
  "%s is refused, with what to write",
  (text) => {
    expect(() => parseSkipRanges([text])).toThrow(SettingsError);
    expect(() => parseSkipRanges([text])).toThrow(`"${text}"`);
  },
);
