import { FeatureGroupError } from "@trilane/feature-groups";
import { CodedError } from "@trilane/write-through";
import { expect, test } from "vitest";
import { exitCodeOf, exitCodesText, SettingsError } from "../src/index.ts";

class OtherError extends CodedError<string> {
  constructor(code: string, retryable: boolean) {
    super(code, "a message", { retryable, cause: undefined });
  }
}

test.each([
  [new SettingsError("TRILANE_TABLE", "is not valid"), 2],
  [new FeatureGroupError("CONFIG_INVALID", "no group"), 2],
  [new FeatureGroupError("UNKNOWN_GROUP", "no such group"), 2],
  [new FeatureGroupError("CORRUPT_RECORD", "other bytes"), 1],
  [new OtherError("BINDING_INVALID", false), 2],
  [new OtherError("INVALID_SETTING", false), 2],
  [new OtherError("STORE_REJECTED", false), 1],
  [new OtherError("QUEUE_FULL", true), 75],
  ["thrown text", 1],
])("%s ends a process with %i", (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test("a usage text lists the codes that a program has, in its own words where it has any", () => {
  const text = exitCodesText({ ok: "loaded", refused: "rows were refused" });
  expect(text.split("\n").map((line) => line.trim().split(/\s+/)[0])).toEqual([
    "Exit",
    "0",
    "1",
    "2",
    "4",
    "75",
    "130",
  ]);
  expect(text).toContain("  0    loaded");
});
