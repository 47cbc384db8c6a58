import { makeVersion, type Version } from "@trilane/write-through";
import { describe, expect, it } from "vitest";
import { answerExitCode, answerText, explanationText } from "../src/answer-text.ts";
import { EXIT } from "../src/exit-codes.ts";

const version = (eventTimeUs: number): Version =>
  makeVersion({ eventTimeUs, sequence: 0n, lane: "stream", contentHash: "0123456789abcdef" });
const V1 = version(1_000_000);

describe("answers", () => {
  const asked = { group: "routes", key: { origin: "SEA", destination: "SFO" } };
  const found = {
    ...asked,
    status: "found",
    features: { delay: -3, name: "a\nb" },
    version: V1,
    eventTime: "1970-01-01T00:00:01Z",
    ageMs: 65_000,
    expiresAt: "2070-01-01T00:00:01Z",
    source: "cache",
  } as const;

  it("shows a record", () => {
    expect(answerText(found).split("\n")).toEqual([
      "routes  origin=SEA destination=SFO",
      "  event time  1970-01-01T00:00:01Z  (1 minute 5 seconds old)",
      `  version     ${V1}`,
      "  expires     2070-01-01T00:00:01Z",
      "  source      cache",
      "features",
      "  delay  -3",
      '  name   "a\\nb"',
    ]);
    expect(answerExitCode(found)).toBe(EXIT.ok);
  });

  it("shows why there is none, with an exit code of its own", () => {
    const deleted = {
      ...asked,
      status: "absent",
      reason: "deleted",
      message: "deleted",
      version: V1,
      eventTime: "1970-01-01T00:00:01Z",
      source: "store",
    } as const;
    expect(answerText(deleted)).toContain("deleted, event time 1970-01-01T00:00:01Z");
    expect(answerExitCode(deleted)).toBe(EXIT.notFound);
  });

  it("shows both sides in columns, and the verdict", () => {
    const empty = {
      version: null,
      eventTime: null,
      place: null,
      ageMs: null,
      expiresAt: null,
      payloadBytes: null,
      error: null,
    };
    const store = { ...empty, state: "record", version: V1, payloadBytes: 22 } as const;
    const error = { code: "CACHE_LOST", message: "another guard" };
    const text = explanationText({
      key: "routes#SEA#SFO",
      verdict: "unknown",
      meaning: "a side could not be read",
      epoch: 3,
      mode: "on",
      cache: { ...empty, state: "failed", error },
      store,
    });
    const lines = text.split("\n");
    expect(lines[0]).toBe("stored as routes#SEA#SFO");
    expect(lines[2]).toBe("state       failed: CACHE_LOST  record");
    expect(lines[3]).toBe(`version     -                   ${V1}`);
    expect(lines.at(-1)).toBe("verdict: unknown, a side could not be read (epoch 3, cache on)");
  });
});
