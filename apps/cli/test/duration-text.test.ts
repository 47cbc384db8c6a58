import { describe, expect, it } from "vitest";
import { ageText, durationText } from "../src/duration-text.ts";

describe("durations", () => {
  it.each([
    [0, "0.000 seconds"],
    [123, "0.123 seconds"],
    [1_000, "1 second"],
    [65_000, "1 minute 5 seconds"],
    [3_600_000, "1 hour"],
    [90_061_000, "1 day 1 hour"],
    [31_556_952_000 * 24 + 86_400_000 * 30, "24 years 30 days"],
  ])("%i ms is %s", (ms, text) => expect(durationText(ms)).toBe(text));

  it("says when a time is ahead", () => expect(ageText(-1_500)).toBe("1 second ahead of this clock"));
});
