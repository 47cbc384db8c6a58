import { CoreError, type ErrorCode, type Receipt } from "@trilane/write-through";
import { describe, expect, it } from "vitest";
import { decidingFailure, endsLane } from "../src/write-failure.ts";

const failed = (code: ErrorCode): Receipt => ({ status: "failed", error: new CoreError(code, "injected") });
const dead: Receipt = { status: "dead", reason: "invalid-features", detail: "delay: not a number" };

describe("decidingFailure", () => {
  it("is null where no receipt is failed", () => {
    expect(decidingFailure([])).toBeNull();
    expect(decidingFailure([dead])).toBeNull();
  });

  it("is the one that ends the lane, wherever it stands, else the first", () => {
    const passing = [failed("STORE_THROTTLED"), dead, failed("STORE_UNAVAILABLE")];
    expect(decidingFailure(passing)?.code).toBe("STORE_THROTTLED");
    expect(decidingFailure([...passing, failed("STORE_REJECTED")])?.code).toBe("STORE_REJECTED");
  });
});

describe("endsLane", () => {
  it.each([
    ["STORE_REJECTED", true],
    ["CACHE_MISCONFIGURED", true],
    ["CACHE_FOREIGN", true],
    ["STORE_UNAVAILABLE", false],
    ["CACHE_LOST", false],
    ["CLOCK_UNCONFIRMED", false],
    ["ABORTED", false],
  ] as const)("answers for %s: %s", (code, expected) => {
    expect(endsLane(new CoreError(code, "injected"))).toBe(expected);
  });
});
