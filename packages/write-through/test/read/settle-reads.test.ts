/**
 * The end of a read that went to the store, while the cache does not take its
 * commands.
 */
import { openSteadyCacheEpoch, putOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { createCacheEpochPlan } from "../../src/protocol/index.ts";
import { CoreError, type ErrorCode, Reader } from "../../src/index.ts";
import { openCore } from "../core-fixture.ts";

type WhenCacheUnreachable = Parameters<typeof createCacheEpochPlan>[0]["whenCacheUnreachable"];

/** A reader whose fills fail a given number of times, under a cache epoch that stays as it is. */
async function openReader(code: ErrorCode, times: number, whenCacheUnreachable: WhenCacheUnreachable = "read-store") {
  let left = times;
  const error = new CoreError(code, "as told");
  const core = await openCore({
    cache: (cache) => ({
      fill: (epoch, commands) => {
        if (left <= 0) return cache.fill(epoch, commands);
        left -= 1;
        return Promise.resolve(commands.map(() => ({ kind: "failed", error })));
      },
    }),
  });
  await core.store.put([putOf("a", 1), putOf("b", 2)]);
  const looks: string[] = [];
  const steady = await openSteadyCacheEpoch(core.cache, core.clock);
  const look = (): Promise<void> => Promise.resolve(void looks.push("look"));
  const plan = createCacheEpochPlan({ whenCacheUnreachable });
  return { ...core, looks, reader: new Reader({ ...core.ports, cacheEpoch: { ...steady, plan, look } }) };
}

describe("a fill that is lost", () => {
  it("is told again after a look, before the reader answers", async () => {
    const { reader, calls, looks } = await openReader("CACHE_LOST", 2);
    expect(await reader.read(["a", "b"])).toMatchObject([
      { kind: "found", version: versionOf(1), source: "store" },
      { kind: "found", version: versionOf(2), source: "store" },
    ]);
    expect(calls).toEqual(["get a b", "lease a b", "read a b", "fill a b", "fill a b", "fill a b"]);
    expect(looks).toHaveLength(2);
  });

  it("fails the read after four attempts: nothing is answered that the cache was not told", async () => {
    const { reader, looks, events } = await openReader("CACHE_LOST", 9);
    expect(await reader.readOne("a")).toMatchObject({ kind: "failed", error: { code: "CACHE_EPOCH_UNSETTLED" } });
    expect(looks).toHaveLength(3);
    expect(events).toContainEqual(expect.objectContaining({ type: "port-failed", port: "cache", step: "settle" }));
  });
});

describe("a fill without an answer", () => {
  it("is enough where reads may go on without the cache", async () => {
    const { reader, looks } = await openReader("CACHE_UNAVAILABLE", 1);
    expect(await reader.readOne("a")).toMatchObject({ kind: "found", source: "store" });
    expect(looks).toEqual([]);
  });

  it("fails the read where they may not", async () => {
    const { reader } = await openReader("CACHE_UNAVAILABLE", 1, "fail");
    expect(await reader.readOne("a")).toMatchObject({ kind: "failed", error: { code: "CACHE_UNAVAILABLE" } });
  });
});
