/** The end of a write that was stored, while the cache does not take its commands. */
import { openSteadyCacheEpoch, recordOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { CoreError, type ErrorCode, Writer } from "../../src/index.ts";
import { batch, openCore } from "../core-fixture.ts";

/** A writer whose publishes fail a given number of times, under a cache epoch that stays as it is. */
async function openWriter(code: ErrorCode, times: number) {
  let left = times;
  const error = new CoreError(code, "as told");
  const core = await openCore({
    cache: (cache) => ({
      publish: (epoch, commands) => {
        if (left <= 0) return cache.publish(epoch, commands);
        left -= 1;
        // Only the first key fails: its failure does not affect the others.
        return Promise.resolve(commands.map((_, at) => (at === 0 ? { kind: "failed", error } : { kind: "settled" })));
      },
    }),
  });
  const looks: string[] = [];
  const steady = await openSteadyCacheEpoch(core.cache, core.clock);
  const look = (): Promise<void> => Promise.resolve(void looks.push("look"));
  return { ...core, looks, writer: new Writer({ ...core.ports, cacheEpoch: { ...steady, look } }) };
}

describe("a publish that is lost", () => {
  it("is sent again for its record alone, after a look, until the cache takes it", async () => {
    const { writer, calls, looks } = await openWriter("CACHE_LOST", 2);
    const receipts = await writer.write([recordOf("a", 1), recordOf("b", 1)], batch);
    expect(receipts.map(({ status }) => status)).toEqual(["applied", "applied"]);
    expect(calls.filter((call) => call.startsWith("publish"))).toEqual(["publish a b", "publish a", "publish a"]);
    expect(looks).toHaveLength(2);
  });

  it("fails its record after four attempts, which is a duplicate when it is sent again", async () => {
    const { writer, calls, looks } = await openWriter("CACHE_LOST", 4);
    expect(await writer.write([recordOf("a", 1), recordOf("b", 1)], batch)).toMatchObject([
      { status: "failed", error: { code: "CACHE_LOST" } },
      { status: "applied" },
    ]);
    expect(calls.filter((call) => call === "publish a")).toHaveLength(3);
    expect(looks).toHaveLength(3);
    expect(await writer.write([recordOf("a", 1)], batch)).toEqual([{ status: "duplicate", version: versionOf(1) }]);
  });
});

it("acknowledges a publish without an answer: its fence of this epoch keeps readers on the store", async () => {
  const { writer, cache, events, looks } = await openWriter("CACHE_UNAVAILABLE", 1);
  expect(await writer.write([recordOf("a", 1)], batch)).toEqual([{ status: "applied", version: versionOf(1) }]);
  expect(cache.entry("a").state).toBe("fence");
  expect(looks).toEqual([]);
  expect(events).toContainEqual({ type: "publish-unanswered", records: 1, error: expect.any(CoreError) });
});
