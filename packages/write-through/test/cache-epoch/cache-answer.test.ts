import { describe, expect, it } from "vitest";
import { cacheAnswerOf, tellCacheEpoch } from "../../src/cache-epoch/cache-answer.ts";
import { type CacheEpochAccess, CoreError } from "../../src/index.ts";

const EPOCH = 7;
const lost = new CoreError("CACHE_LOST", "another guard");
const silent = new CoreError("CACHE_UNAVAILABLE", "no answer");
const stalled = new CoreError("PROCESS_STALLED", "stood still");

async function toldBy(failure: CoreError | null): Promise<readonly string[]> {
  const told: string[] = [];
  const cacheEpoch = {
    cacheAnswered: () => void told.push("answered"),
    cacheFailed: (error: CoreError, epoch: number) => Promise.resolve(void told.push(`${error.code} in ${epoch}`)),
  };
  await tellCacheEpoch(cacheEpoch as CacheEpochAccess, failure, EPOCH);
  return told;
}

describe("what a cache's reply says", () => {
  it("is that the cache was told, that it is another one, or nothing", () => {
    expect(cacheAnswerOf({ kind: "settled" })).toBe("done");
    expect(cacheAnswerOf({ kind: "failed", error: lost })).toBe("lost");
    expect(cacheAnswerOf({ kind: "failed", error: silent })).toBe("unknown");
  });

  it("is passed on with its epoch, and a stall of this process counts as an answer", async () => {
    expect(await toldBy(null)).toEqual(["answered"]);
    expect(await toldBy(stalled)).toEqual(["answered"]);
    expect(await toldBy(lost)).toEqual(["CACHE_LOST in 7"]);
    expect(await toldBy(silent)).toEqual(["CACHE_UNAVAILABLE in 7"]);
  });
});
