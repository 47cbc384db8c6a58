import { CoreError, makeVersion, type Receipt, type Version } from "@trilane/write-through";
import { describe, expect, it } from "vitest";
import { answerExitCode, answerText, explanationText } from "../src/answer-text.ts";
import { ageText, durationText } from "../src/duration-text.ts";
import { CliError, exitCodeOf, shownError } from "../src/errors.ts";
import { EXIT } from "../src/exit-codes.ts";
import { createOutput } from "../src/output.ts";
import { receiptJson, receiptsExitCode, receiptsText } from "../src/receipt-text.ts";
import { shownWidth, textTable } from "../src/text-table.ts";

const version = (eventTimeUs: number): Version =>
  makeVersion({ eventTimeUs, sequence: 0n, lane: "stream", contentHash: "0123456789abcdef" });
const V1 = version(1_000_000);
const V2 = version(2_000_001);

const applied: Receipt = { status: "applied", version: V1 };
const superseded: Receipt = { status: "superseded", version: V1, by: V2 };
const dead: Receipt = { status: "dead", reason: "missing-key-field", detail: "no origin" };
const retryable: Receipt = { status: "failed", error: new CoreError("STORE_THROTTLED", "slow down") };
const rejected: Receipt = { status: "failed", error: new CoreError("STORE_REJECTED", "denied") };

describe("textTable", () => {
  it("aligns columns by what a terminal shows, and ends lines without spaces", () => {
    const text = textTable([
      ["key", "value", "x"],
      ["\u{1F6EB}", "日本", "y"],
      ["e\u0301", "", ""],
    ]);
    expect(text).toBe("key  value  x\n\u{1F6EB}   日本   y\ne\u0301");
    expect(shownWidth("a\u{1F6EB}日")).toBe(5);
  });
});

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

describe("receipts", () => {
  it("shows each with its times, reason or error", () => {
    expect(receiptsText([applied, superseded])).toBe(
      `applied     1970-01-01T00:00:01Z  ${V1}\n` +
        `superseded  1970-01-01T00:00:01Z  ${V1}  by a newer record: 1970-01-01T00:00:02.000001Z ${V2}`,
    );
    expect(receiptsText([dead])).toBe("dead  missing-key-field  no origin");
    expect(receiptsText([retryable])).toBe("failed  STORE_THROTTLED  slow down");
    expect(receiptJson(rejected)).toEqual({
      status: "failed",
      error: { code: "STORE_REJECTED", message: "denied", retryable: false },
    });
  });

  it.each([
    ["event-time", { eventTimeUs: 2_000_000 }, "by a newer record: "],
    ["sequence", { sequence: 1n }, "with a higher sequence: "],
    ["lane", { lane: "on-demand" }, "of a lane that goes before: "],
    ["place", { place: "1".repeat(40) }, "by another record of the same event time, later in its source: "],
    ["schema-version", { schemaVersion: 1 }, "decoded by a later schema: "],
    ["content-hash", { contentHash: "1".repeat(16) }, "by another record of the same event time and place"],
  ] as const)("says that a record was beaten by its %s", (decidedBy, change, text) => {
    const parts = { eventTimeUs: 1_000_000, sequence: 0n, lane: "stream", contentHash: "0123456789abcdef" } as const;
    const receipt = {
      status: "superseded",
      version: makeVersion(parts),
      by: makeVersion({ ...parts, ...change }),
    } as const;
    expect(receiptsText([receipt])).toContain(text);
    expect(receiptJson(receipt)).toEqual({ ...receipt, decidedBy });
  });

  it.each([
    [[applied, superseded], EXIT.ok],
    [[], EXIT.ok],
    [[applied, dead], EXIT.refused],
    [[{ status: "expired", version: V1 } as const], EXIT.refused],
    [[dead, retryable], EXIT.tryAgain],
    [[retryable, rejected], EXIT.failure],
  ])("gives the exit code of the worst", (receipts: readonly Receipt[], code) => {
    expect(receiptsExitCode(receipts)).toBe(code);
  });
});

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
      verdict: "unknown",
      meaning: "a side could not be read",
      epoch: 3,
      mode: "on",
      cache: { ...empty, state: "failed", error },
      store,
    });
    const lines = text.split("\n");
    expect(lines[1]).toBe("state       failed: CACHE_LOST  record");
    expect(lines[2]).toBe(`version     -                   ${V1}`);
    expect(lines.at(-1)).toBe("verdict: unknown, a side could not be read (epoch 3, cache on)");
  });
});

describe("errors and output", () => {
  it("gives codes for scripts and remedies for people", () => {
    expect(exitCodeOf(new CliError("NO_SERVERS", "none"))).toBe(EXIT.usage);
    expect(exitCodeOf(new CoreError("STORE_UNAVAILABLE", "no answer"))).toBe(EXIT.tryAgain);
    expect(exitCodeOf(new CoreError("STORE_REJECTED", "denied"))).toBe(EXIT.failure);
    expect(exitCodeOf("thrown text")).toBe(EXIT.failure);
    expect(shownError(new CoreError("CACHE_LOST", "another guard"))).toMatch(/trilane cache status/);
    const missing = Object.assign(new Error("no table"), { name: "ResourceNotFoundException" });
    expect(shownError(new CoreError("STORE_REJECTED", "refused", { cause: missing }))).toMatch(/trilane apply/);
  });

  it("writes data to stdout and notes to stderr", () => {
    const written: string[] = [];
    const streams = {
      stdout: { write: (text: string) => written.push(`out ${text}`) },
      stderr: { write: (text: string) => written.push(`err ${text}`) },
    };
    createOutput(true, streams).result({ a: 1 }, "text");
    createOutput(false, streams).result({ a: 1 }, "text");
    createOutput(true, streams).note("progress");
    expect(written).toEqual(['out {"a":1}\n', "out text\n", "err progress\n"]);
  });
});
