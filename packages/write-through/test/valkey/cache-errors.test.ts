/** What an error reply of the cache means: final only where it is known to stay. */
import { describe, expect, it } from "vitest";
import { cacheErrorOf, isSilence } from "../../src/valkey/cache-errors.ts";

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
