/**
 * The meaning of the cache's error replies: only errors that are known to be
 * permanent are final.
 */
import { describe, expect, it } from "vitest";
import { CoreError, type ErrorCode } from "../../src/index.ts";
import { cacheErrorOf, decidingFailure, isSilence } from "../../src/valkey/cache-errors.ts";

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: "ReplyError" });
}

describe("an error reply of the cache", () => {
  it.each([
    "ERR server is busy, ask again",
    "ERR upstream failure",
    "PROXYERR nobody knows this word",
    "LOADING Redis is loading the dataset in memory",
    "BUSY Redis is busy running a script",
    "NOSCRIPT No matching script",
    "no word that anybody knows",
    "",
  ])("is worth another attempt where it is unknown or passing: %s", (message) => {
    const error = cacheErrorOf(replyError(message), "fence");
    expect(error).toMatchObject({ code: "CACHE_UNAVAILABLE", retryable: true });
    expect(isSilence(replyError(message))).toBe(true);
  });

  it.each(["NOAUTH Authentication required.", "NOPERM this user has no permissions", "WRONGPASS invalid", "DENIED x"])(
    "is final where only an operator can change it: %s",
    (message) => {
      expect(cacheErrorOf(replyError(message), "fence")).toMatchObject({
        code: "CACHE_MISCONFIGURED",
        retryable: false,
      });
    },
  );
});

describe("one command's failures at several buckets", () => {
  const failed = (code: ErrorCode) => ({ kind: "failed", error: new CoreError(code, "as told") }) as const;
  const deciding = (...codes: readonly ErrorCode[]) => decidingFailure(codes.map(failed))?.error.code;

  it("come to the guard that is newer, before a loss, before anything else", () => {
    expect(deciding("CACHE_UNAVAILABLE", "CACHE_LOST", "CACHE_EPOCH_TAKEN")).toBe("CACHE_EPOCH_TAKEN");
    expect(deciding("CACHE_UNAVAILABLE", "CACHE_LOST")).toBe("CACHE_LOST");
    expect(deciding("CACHE_SLOW", "CACHE_UNAVAILABLE")).toBe("CACHE_SLOW");
  });

  it("come to nothing where there is none", () => {
    expect(decidingFailure([])).toBeNull();
  });
});
