import { exitCodeOf } from "@trilane/lane-kit";
import { expect, test } from "vitest";
import { StreamError, type StreamErrorCode } from "../src/errors.ts";

const AGAIN: readonly StreamErrorCode[] = ["BROKERS_UNAVAILABLE", "CONSUMER_CRASHED", "STALLED"];
const NOT_AGAIN: readonly (readonly [StreamErrorCode, exitCode: number])[] = [
  ["BROKERS_REFUSED", 2],
  ["TOKEN_REFUSED", 2],
  ["TOPIC_MISSING", 1],
  ["WRITE_REFUSED", 1],
];

test.each(AGAIN)("%s ends a lane with the code of what may succeed at the next start", (code) => {
  expect(exitCodeOf(new StreamError(code, "as it is"))).toBe(75);
});

test.each(NOT_AGAIN)("%s ends a lane with a code that says it would fail again", (code, exitCode) => {
  expect(exitCodeOf(new StreamError(code, "as it is"))).toBe(exitCode);
});
