/**
 * Two caches for one table: each process knows its cache by name, and they do
 * not switch each other off.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CoreEvent, type OperatedCacheEpoch, switchCacheOff, switchCacheOn } from "../../src/index.ts";
import { MemoryCache, recordOf, versionOf } from "../../src/testing/index.ts";
import { type Bench, openBench, type TestProcess } from "../cache-epoch/cache-epoch-fixture.ts";

const stream = { lane: "stream" } as const;
const LEASE_MS = 3_000;
const MINUTE_MS = 60_000;
let bench: Bench;
let otherCache: MemoryCache;

beforeEach(() => {
  bench = openBench();
  otherCache = new MemoryCache(bench.clock);
});
afterEach(() => bench.close());

function startOn(cache: MemoryCache, name: string, cacheName: string | null): Promise<TestProcess> {
  return bench.start(name, { cacheName }, { cutOff: false, cache });
}

function operated(cache: MemoryCache, cacheName: string): OperatedCacheEpoch {
  return { cacheEpochs: bench.store, cache, cacheName, nowMs: () => bench.clock.nowMs(), reason: "a test", by: "ops" };
}

async function pass(ms: number): Promise<void> {
  const untilMs = bench.clock.monotonicMs() + ms;
  await bench.untilTrue(() => bench.clock.monotonicMs() >= untilMs);
}

const foreignEvents = ({ events }: TestProcess): readonly CoreEvent[] =>
  events.filter(({ type }) => type === "foreign-cache");

describe("a process whose cache is not the table's", () => {
  it("is refused at the start, with both names and the remedies, and begins no epoch", async () => {
    const { keeper } = await startOn(bench.cache, "one", "a:6379");
    await expect(bench.until(startOn(otherCache, "two", "b:6379"))).rejects.toMatchObject({
      code: "CACHE_FOREIGN",
      message: expect.stringMatching(/b:6379.*a:6379.*TRILANE_CACHE_URL.*TRILANE_CACHE_NAME.*--move/s),
    });
    await pass(MINUTE_MS);
    expect(keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
  });

  it("begins no epoch where the table's cache is lost at the same time", async () => {
    const { keeper } = await startOn(bench.cache, "one", "a:6379");
    bench.cache.flush();
    await expect(bench.until(startOn(otherCache, "two", "b:6379"))).rejects.toMatchObject({ code: "CACHE_FOREIGN" });
    expect(keeper.known?.cacheEpoch.epoch).toBe(1);
  });

  it("that cannot be reached neither refuses it nor lets it switch the table's cache off", async () => {
    const one = await startOn(bench.cache, "one", "a:6379");
    const two = await bench.start("two", { cacheName: "b:6379" }, { cutOff: true, cache: otherCache });
    for (let round = 0; round < 5; round += 1) {
      await bench.until(two.writer.write([recordOf("a", 1)], stream));
      await pass(LEASE_MS);
    }
    expect(one.keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
    two.cutOff = false;
    await bench.untilTrue(() => foreignEvents(two).length > 0);
    expect(one.keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
  });
});

describe("one cache under two names", () => {
  it("is known by its guard, through losses and for the process that notices them", async () => {
    const one = await startOn(bench.cache, "one", "10.0.0.1:6379");
    const two = await startOn(bench.cache, "two", "cache.example.com:6379");
    for (const [version, { writer }] of [two, one, two].entries()) {
      bench.cache.flush();
      await bench.until(writer.write([recordOf("a", version + 1)], stream));
      await bench.untilTrue(() => [one, two].every(({ keeper }) => keeper.known?.cacheEpoch.mode === "on"));
    }
    expect(one.keeper.known?.cacheEpoch.epoch).toBe(4);
    expect([...foreignEvents(one), ...foreignEvents(two)]).toEqual([]);
  });

  it("is known in an epoch that has just begun, before its guard is set", async () => {
    await startOn(bench.cache, "one", "a:6379");
    const { record } = await bench.store.readCacheEpoch();
    if (record === null) throw new TypeError("there is no record");
    await bench.store.changeCacheEpoch(record, { ...record, epoch: 2, mode: "warm" });
    const starting = startOn(bench.cache, "two", "alias:6379");
    await pass(LEASE_MS / 3);
    await bench.cache.begin(2);
    expect((await bench.until(starting)).keeper.known?.cacheEpoch.epoch).toBe(2);
  });
});

describe("moving the table to another cache", () => {
  it("is moved by off, a restart and on, and a process that still has the old cache says so and begins no epoch", async () => {
    const old = await startOn(bench.cache, "old", "a:6379");
    await bench.until(old.writer.write([recordOf("a", 1)], stream));
    await expect(switchCacheOn({ ...operated(otherCache, "b:6379"), isMove: true })).rejects.toMatchObject({
      code: "CACHE_FOREIGN",
    });
    await switchCacheOff(operated(bench.cache, "a:6379"));
    const moved = await startOn(otherCache, "moved", "b:6379");
    await expect(switchCacheOn(operated(otherCache, "b:6379"))).rejects.toMatchObject({ code: "CACHE_FOREIGN" });
    await switchCacheOn({ ...operated(otherCache, "b:6379"), isMove: true });
    await bench.untilTrue(() => moved.keeper.known?.cacheEpoch.mode === "on");
    await bench.untilTrue(() => foreignEvents(old).length > 0);
    expect(foreignEvents(old)).toMatchObject([{ error: { code: "CACHE_FOREIGN" } }]);
    await bench.until(moved.writer.write([recordOf("a", 2)], stream));
    expect(await bench.until(moved.reader.readOne("a"))).toMatchObject({ version: versionOf(2) });
    await pass(MINUTE_MS);
    expect(moved.keeper.known?.cacheEpoch).toEqual({ epoch: 2, mode: "on" });
    expect(moved.keeper.record?.cacheName).toBe("b:6379");
  });

  it("is left to an operator where the cache is off because it was lost", async () => {
    const old = await startOn(bench.cache, "old", "a:6379");
    old.cutOff = true;
    await bench.until(old.writer.write([recordOf("a", 1)], stream));
    await bench.untilTrue(() => {
      void old.writer.write([recordOf("a", 1)], stream);
      return old.keeper.known?.cacheEpoch.mode === "off";
    });
    const moved = await startOn(otherCache, "moved", "b:6379");
    await pass(MINUTE_MS);
    expect(moved.keeper.known?.cacheEpoch.mode).toBe("off");
    expect(await bench.until(moved.writer.write([recordOf("a", 2)], stream))).toMatchObject([{ status: "applied" }]);
    expect(foreignEvents(moved)).toMatchObject([{ mode: "off" }]);
  });
});

it("a record without a name, of a process or a version that gives none, is anybody's", async () => {
  await startOn(bench.cache, "one", null);
  const two = await startOn(bench.cache, "two", "a:6379");
  bench.cache.flush();
  await bench.until(two.writer.write([recordOf("a", 1)], stream));
  expect(two.keeper.record?.cacheName).toBe("a:6379");
});
