/** The cache is lost and comes back, without an operator and without a stale read. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changeLease, CoreError, type OperatedCacheEpoch, switchCacheOff } from "../../src/index.ts";
import { recordOf, versionOf } from "../../src/testing/index.ts";
import { type Bench, openBench } from "./cache-epoch-fixture.ts";

const silence = new CoreError("CACHE_UNAVAILABLE", "no answer");
const slowness = new CoreError("CACHE_SLOW", "not in time");
const stream = { lane: "stream" } as const;
let bench: Bench;

beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

describe("the first epoch", () => {
  it("is on at once, for the process that begins it and for those that find it", async () => {
    const one = await bench.start("one");
    const two = await bench.start("two");
    expect(one.keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
    expect(two.keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
    expect(one.events.map(({ type }) => type)).toContain("cache-epoch-changed");
    expect(two.events.map(({ type }) => type)).not.toContain("cache-epoch-changed");
  });

  it("begins with the cache off where it does not answer, and lanes work all the same", async () => {
    const down = await bench.start("one", {}, { cutOff: true });
    expect(down.keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "off" });
    expect(await bench.until(down.writer.write([recordOf("a", 1)], stream))).toMatchObject([{ status: "applied" }]);
    down.cutOff = false;
    await bench.untilTrue(() => down.keeper.known?.cacheEpoch.mode === "on");
  });
});

describe("a cache that was flushed", () => {
  it("is noticed by a write, which goes along with the new epoch and is acknowledged", async () => {
    const { writer, reader, keeper } = await bench.start("one");
    await writer.write([recordOf("a", 1)], stream);
    bench.cache.flush();
    const startedMs = bench.clock.nowMs();
    expect(await bench.until(writer.write([recordOf("a", 2)], stream))).toEqual([
      { status: "applied", version: versionOf(2) },
    ]);
    expect(keeper.known?.cacheEpoch.epoch).toBe(2);
    // No put may come before every reader of the old epoch has stopped trusting its hits.
    expect(bench.clock.nowMs() - startedMs).toBeGreaterThanOrEqual(3_000);
    expect(await bench.until(reader.readOne("a"))).toMatchObject({ version: versionOf(2) });
    await bench.untilTrue(() => keeper.known?.cacheEpoch.mode === "on");
    await bench.until(reader.readOne("a"));
    expect(await bench.until(reader.readOne("a"))).toMatchObject({ version: versionOf(2), source: "cache" });
  });

  it("is noticed by a read, which is answered by the store", async () => {
    const { writer, reader, keeper } = await bench.start("one");
    await writer.write([recordOf("a", 1)], stream);
    bench.cache.flush();
    expect(await bench.until(reader.readOne("a"))).toMatchObject({ version: versionOf(1), source: "store" });
    expect(keeper.known?.cacheEpoch).toMatchObject({ epoch: 2, mode: "warm" });
  });

  it("begins one epoch, however many notice", async () => {
    const processes = await Promise.all(["one", "two", "three"].map((name) => bench.start(name)));
    bench.cache.flush();
    await bench.until(Promise.all(processes.map(({ reader }) => reader.readOne("a"))));
    await bench.untilTrue(() => processes.every(({ keeper }) => keeper.known?.cacheEpoch.mode === "on"));
    expect(processes.map(({ keeper }) => keeper.known?.cacheEpoch.epoch)).toEqual([2, 2, 2]);
    const changes = processes.flatMap(({ events }) => events.filter(({ type }) => type === "cache-epoch-changed"));
    expect(changes.map((event) => "to" in event && event.to)).toEqual(
      expect.arrayContaining([
        { epoch: 2, mode: "warm" },
        { epoch: 2, mode: "on" },
      ]),
    );
    expect(changes.length).toBe(4);
  });

  it("is not trusted in WARM: what is written or read then is not cached", async () => {
    const { writer, reader, keeper } = await bench.start("one");
    bench.cache.flush();
    const reading = reader.readOne("a");
    const writing = writer.write([recordOf("b", 1)], stream);
    const inWarm = new Set<string>();
    await bench.untilTrue(() => {
      const mode = keeper.known?.cacheEpoch.mode;
      if (mode === "warm") for (const key of ["a", "b"]) inWarm.add(`${key} ${bench.cache.entry(key).state}`);
      return mode === "on";
    });
    await bench.until(Promise.all([reading, writing]));
    expect(inWarm).toEqual(new Set(["a absent", "b absent", "b fence"]));
    expect(bench.cache.entry("a").state).toBe("absent");
  });
});

describe("a cache that does not answer", () => {
  it("is switched off after the grace period; until then writes fail, and are retried", async () => {
    const one = await bench.start("one");
    one.cutOff = true;
    expect(await one.writer.write([recordOf("a", 1)], stream)).toMatchObject([
      { status: "failed", error: { code: "CACHE_UNAVAILABLE" } },
    ]);
    bench.clock.advance(2_000);
    expect(await bench.until(one.writer.write([recordOf("a", 1)], stream))).toEqual([
      { status: "applied", version: versionOf(1) },
    ]);
    expect(one.keeper.known?.cacheEpoch).toEqual({ epoch: 2, mode: "off" });
    one.cutOff = false;
    await bench.untilTrue(() => one.keeper.known?.cacheEpoch.mode === "on");
    expect(await bench.until(one.reader.readOne("a"))).toMatchObject({ version: versionOf(1), source: "store" });
    expect(await bench.until(one.reader.readOne("a"))).toMatchObject({ version: versionOf(1), source: "cache" });
  });

  it("is not switched off by two commands without an answer that are far apart", async () => {
    const one = await bench.start("one");
    for (let time = 0; time < 2; time += 1) {
      one.cutOff = true;
      expect(await one.writer.write([recordOf("a", 1)], stream)).toMatchObject([{ status: "failed" }]);
      one.cutOff = false;
      const laterMs = bench.clock.nowMs() + 60_000;
      await bench.untilTrue(() => bench.clock.nowMs() >= laterMs);
    }
    expect(one.keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
  });

  it("has its grace anew in a new epoch: a process that it does not answer yet leaves it warm", async () => {
    const one = await bench.start("one");
    const other = await bench.start("other");
    one.cutOff = true;
    await one.writer.write([recordOf("a", 1)], stream);
    bench.clock.advance(2_000);
    bench.cache.flush();
    const written = other.writer.write([recordOf("b", 1)], stream);
    await bench.untilTrue(() => one.keeper.known?.cacheEpoch.mode === "warm");
    const answersAgainMs = bench.clock.nowMs() + 1_000;
    await bench.untilTrue(() => bench.clock.nowMs() >= answersAgainMs);
    one.cutOff = false;
    await bench.until(written);
    await bench.untilTrue(() => one.keeper.known?.cacheEpoch.mode === "on");
    expect(one.keeper.known?.cacheEpoch.epoch).toBe(2);
  });

  it("is not switched off again and again by a process that alone is cut off, which acknowledges nothing", async () => {
    const one = await bench.start("one");
    const other = await bench.start("other");
    one.cutOff = true;
    const startedMs = bench.clock.nowMs();
    let applied = 0;
    while (bench.clock.nowMs() - startedMs < 60_000) {
      const receipts = await bench.until(one.writer.write([recordOf("a", 2)], stream));
      applied += receipts.filter(({ status }) => status !== "failed").length;
      bench.clock.advance(500);
    }
    const switches = one.events.filter(
      (event) => event.type === "cache-epoch-changed" && event.to.mode === "off",
    ).length;
    expect(switches).toBeGreaterThan(0);
    expect(switches).toBeLessThan(6);
    // The process could acknowledge writes while the cache was off for all.
    expect(applied).toBeLessThan(20);
    await bench.untilTrue(() => other.keeper.known?.cacheEpoch.mode === "on");
    expect(await bench.until(other.reader.readOne("a"))).toMatchObject({ version: versionOf(2) });
  });

  it("leaves readers the store with `read-store`, and fails them with `fail`", async () => {
    const lenient = await bench.start("lenient");
    const strict = await bench.start("strict", { whenCacheUnreachable: "fail" });
    await lenient.writer.write([recordOf("a", 1)], stream);
    lenient.cutOff = true;
    strict.cutOff = true;
    expect(await lenient.reader.readOne("a")).toMatchObject({ version: versionOf(1), source: "store" });
    expect(await strict.reader.readOne("a")).toMatchObject({
      kind: "failed",
      error: { code: "CACHE_UNAVAILABLE" },
    });
  });

  it("does not acknowledge without an answer to PUBLISH with `fail`", async () => {
    const strict = await bench.start("strict", { whenCacheUnreachable: "fail", graceMs: 600_000 });
    const publish = bench.cache.publish.bind(bench.cache);
    bench.cache.publish = (...given) => {
      strict.cutOff = true;
      return publish(...given).then((replies) => replies.map(() => ({ kind: "failed", error: silence })));
    };
    expect(await bench.until(strict.writer.write([recordOf("a", 1)], stream))).toMatchObject([
      { status: "failed", error: { code: "CACHE_UNAVAILABLE" } },
    ]);
  });
});

describe("the lease", () => {
  it("ends in a process that was stopped: its next hit looks at the record first", async () => {
    const { writer } = await bench.start("writer");
    const stopped = await bench.start("stopped");
    await writer.write([recordOf("a", 1)], stream);
    let looks = 0;
    const read = bench.store.readCacheEpoch.bind(bench.store);
    bench.store.readCacheEpoch = () => {
      looks += 1;
      return read();
    };
    expect(await stopped.reader.readOne("a")).toMatchObject({ source: "cache" });
    expect(looks).toBe(0);
    // The machine was suspended: its monotonic clock stood still, and none of its timers ran.
    stopped.stepWall(60_000);
    await stopped.reader.readOne("a");
    expect(looks).toBe(1);
  });
});

function operated(): OperatedCacheEpoch {
  return {
    cacheEpochs: bench.store,
    cache: bench.cache,
    nowMs: () => bench.clock.nowMs(),
    reason: "a test",
    by: "ops",
  };
}

describe("a cache that is heard of and answers nothing in time", () => {
  it("is given up only after half a minute, and not by what came late once", async () => {
    const { keeper } = await bench.start("one");
    const pass = async (ms: number): Promise<void> => {
      const untilMs = bench.clock.monotonicMs() + ms;
      await bench.untilTrue(() => bench.clock.monotonicMs() >= untilMs);
    };
    for (let count = 0; count < 28; count += 1) {
      await keeper.cacheFailed(slowness, 1);
      await pass(1_000);
    }
    expect(keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
    keeper.cacheAnswered();
    await pass(5_000);
    await keeper.cacheFailed(slowness, 1);
    expect(keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
    for (let count = 0; count < 31; count += 1) {
      await pass(1_000);
      await keeper.cacheFailed(slowness, 1);
    }
    expect(keeper.known?.cacheEpoch.epoch).toBe(2);
  });
});

describe("a wall clock that is set forward", () => {
  it("ends no wait: a write is not acknowledged while another process may still hit the older copy", async () => {
    const { writer, keeper, stepWall } = await bench.start("writer");
    const other = await bench.start("reader");
    await writer.write([recordOf("a", 1)], stream);
    expect(await other.reader.readOne("a")).toMatchObject({ source: "cache" });
    await switchCacheOff(operated());
    await keeper.look();
    stepWall(4_900);
    let receipts: unknown = null;
    const written = writer.write([recordOf("a", 2)], stream).then((all) => {
      receipts = all;
    });
    await bench.untilTrue(() => other.keeper.known?.cacheEpoch.epoch === 2);
    expect(receipts).toBeNull();
    await bench.until(written);
    expect(await bench.until(other.reader.readOne("a"))).toMatchObject({ version: versionOf(2), source: "store" });
  });

  it("and back again freezes nothing: leases and waits end as before", async () => {
    const { writer, reader, keeper, stepWall } = await bench.start("one");
    await writer.write([recordOf("a", 1)], stream);
    stepWall(3_600_000);
    keeper.now();
    stepWall(-3_600_000);
    await bench.untilTrue(() => keeper.timeOfDay().kind === "confirmed");
    bench.cache.flush();
    const startedMs = bench.clock.monotonicMs();
    expect(await bench.until(writer.write([recordOf("a", 2)], stream))).toMatchObject([{ status: "applied" }]);
    expect(bench.clock.monotonicMs() - startedMs).toBeLessThan(10_000);
    expect(await bench.until(reader.readOne("a"))).toMatchObject({ version: versionOf(2) });
  });
});

describe("a clock that is wrong", () => {
  it.each([3_600_000, -3_600_000])(
    "stops the process that has it, set by %d ms, loses no record and says so; the others go on",
    async (stepMs) => {
      const one = await bench.start("one");
      await one.writer.write([recordOf("a", 1)], stream);
      const other = await bench.start("other");
      one.stepWall(stepMs);
      const failed = { status: "failed", error: { code: "CLOCK_UNCONFIRMED", retryable: true } };
      expect(await one.writer.write([recordOf("a", 2)], stream)).toMatchObject([failed]);
      expect(await one.reader.readOne("a")).toMatchObject({ kind: "failed", error: { code: "CLOCK_UNCONFIRMED" } });
      expect(await bench.until(one.reader.readOne("a"))).toMatchObject({ error: { code: "CLOCK_UNCONFIRMED" } });
      await bench.untilTrue(() => one.events.some((event) => event.type === "clock" && event.error !== null));
      expect(await other.writer.write([recordOf("b", 1)], stream)).toMatchObject([{ status: "applied" }]);
      one.stepWall(-stepMs);
      expect(await bench.until(one.writer.write([recordOf("a", 2)], stream))).toMatchObject([{ status: "applied" }]);
      expect(await bench.until(one.reader.readOne("a"))).toMatchObject({ kind: "found", version: versionOf(2) });
    },
  );
});

describe("the length of the leases", () => {
  it("is the record's, not the process's own", async () => {
    const one = await bench.start("one", { leaseMs: 2_000 });
    const other = await bench.start("other", { leaseMs: 20_000 });
    expect(one.keeper.known?.terms).toEqual({ leaseMs: 2_000, waitMs: 2_000 });
    expect(other.keeper.known?.terms).toEqual({ leaseMs: 2_000, waitMs: 2_000 });
    expect(other.events).toContainEqual(
      expect.objectContaining({ type: "cache-epoch-learned", leaseMs: 2_000, configuredLeaseMs: 20_000 }),
    );
  });

  it("changes with a new epoch, and a write waits for the longer of the two", async () => {
    const { writer, keeper } = await bench.start("one", { leaseMs: 8_000 });
    await writer.write([recordOf("a", 1)], stream);
    await changeLease(operated(), 1_000);
    await keeper.look();
    expect(keeper.known).toMatchObject({
      cacheEpoch: { epoch: 2, mode: "warm" },
      terms: { leaseMs: 1_000, waitMs: 8_000 },
    });
    const startedMs = bench.clock.monotonicMs();
    await bench.until(writer.write([recordOf("a", 2)], stream));
    expect(bench.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(8_000);
    await bench.untilTrue(() => keeper.known?.cacheEpoch.mode === "on");
    bench.cache.flush();
    const againMs = bench.clock.monotonicMs();
    await bench.until(writer.write([recordOf("a", 3)], stream));
    expect(bench.clock.monotonicMs() - againMs).toBeLessThan(3_000);
  });
});

describe("a table that was restored, with the cache epoch record of then", () => {
  const restored = {
    leaseMs: 3_000,
    waitMs: 3_000,
    reason: "the first epoch",
    by: "one",
    changedAtMs: 0,
    cacheName: null,
    isHeld: false,
  };

  it("passes the guard of its earlier life before the cache is used, and none of its copies is answered", async () => {
    const before = await bench.start("one");
    for (const n of [1, 2, 3]) {
      bench.cache.flush();
      await bench.until(before.writer.write([recordOf("a", n)], stream));
      await bench.untilTrue(() => before.keeper.known?.cacheEpoch.mode === "on");
    }
    await bench.until(before.writer.write([recordOf("b", 1)], stream));
    expect(before.keeper.known?.cacheEpoch).toEqual({ epoch: 4, mode: "on" });
    expect(bench.cache.entry("b")).toMatchObject({ state: "clean", epoch: 4 });
    await before.keeper.close();
    await bench.store.changeCacheEpoch({ epoch: 4, mode: "on" }, { ...restored, epoch: 2, mode: "on" });

    const after = await bench.start("two");
    expect(await bench.until(after.reader.readOne("b"))).toMatchObject({ source: "store" });
    await bench.untilTrue(() => after.keeper.known?.cacheEpoch.mode === "on");
    expect(after.keeper.known?.cacheEpoch.epoch).toBe(5);
    expect(await bench.until(after.reader.readOne("b"))).toMatchObject({ source: "store" });
  });
});
