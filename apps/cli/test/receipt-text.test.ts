import { CoreError, makeVersion, type Receipt, type Version } from "@trilane/write-through";
import { describe, expect, it } from "vitest";
import { EXIT } from "../src/exit-codes.ts";
import { receiptJson, receiptsExitCode, receiptsText } from "../src/receipt-text.ts";

const version = (eventTimeUs: number): Version =>
  makeVersion({ eventTimeUs, sequence: 0n, lane: "stream", contentHash: "0123456789abcdef" });
const V1 = version(1_000_000);
const V2 = version(2_000_001);

const applied: Receipt = { status: "applied", version: V1 };
const superseded: Receipt = { status: "superseded", version: V1, by: V2 };
const dead: Receipt = { status: "dead", reason: "missing-key-field", detail: "no origin" };
const retryable: Receipt = { status: "failed", error: new CoreError("STORE_THROTTLED", "slow down") };
const rejected: Receipt = { status: "failed", error: new CoreError("STORE_REJECTED", "denied") };

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
