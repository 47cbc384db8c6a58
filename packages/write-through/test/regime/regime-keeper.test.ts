/** Losing the cache, and getting it back, without an operator and without a stale read. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CoreError } from "../../src/index.ts";
import { recordOf, versionOf } from "../../src/testing/index.ts";
import { type Bench, openBench } from "./regime-fixture.ts";

const silence = new CoreError("CACHE_UNAVAILABLE", "no answer");
const stream = { lane: "stream" } as const;
let bench: Bench;

beforeEach(() => {
  bench = openBench();
});
afterEach(() => bench.close());

describe("the first epoch", () => {
  it("is on at once, for whoever begins it and whoever finds it", async () => {
    const one = await bench.start("one");
    const two = await bench.start("two");
    expect(one.keeper.known?.regime).toEqual({ epoch: 1, mode: "on" });
    expect(two.keeper.known?.regime).toEqual({ epoch: 1, mode: "on" });
    expect(one.events.map(({ type }) => type)).toContain("regime-changed");
    expect(two.events.map(({ type }) => type)).not.toContain("regime-changed");
  });

  it("begins with the cache off where it does not answer, and lanes work all the same", async () => {
    const down = await bench.start("one", {}, { cutOff: true });
    expect(down.keeper.known?.regime).toEqual({ epoch: 1, mode: "off" });
    expect(await bench.until(down.writer.write([recordOf("a", 1)], stream))).toMatchObject([{ status: "applied" }]);
    down.cutOff = false;
    await bench.untilTrue(() => down.keeper.known?.regime.mode === "on");
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
    expect(keeper.known?.regime.epoch).toBe(2);
    // No put before every reader of the old epoch has stopped to trust its hits.
    expect(bench.clock.nowMs() - startedMs).toBeGreaterThanOrEqual(3_000);
    expect(await bench.until(reader.readOne("a"))).toMatchObject({ version: versionOf(2) });
    await bench.untilTrue(() => keeper.known?.regime.mode === "on");
    await bench.until(reader.readOne("a"));
    expect(await bench.until(reader.readOne("a"))).toMatchObject({ version: versionOf(2), source: "cache" });
  });

  it("is noticed by a read, which is answered by the store", async () => {
    const { writer, reader, keeper } = await bench.start("one");
    await writer.write([recordOf("a", 1)], stream);
    bench.cache.flush();
    expect(await bench.until(reader.readOne("a"))).toMatchObject({ version: versionOf(1), source: "store" });
    expect(keeper.known?.regime).toMatchObject({ epoch: 2, mode: "warm" });
  });

  it("begins one epoch, however many notice", async () => {
    const processes = await Promise.all(["one", "two", "three"].map((name) => bench.start(name)));
    bench.cache.flush();
    await bench.until(Promise.all(processes.map(({ reader }) => reader.readOne("a"))));
    await bench.untilTrue(() => processes.every(({ keeper }) => keeper.known?.regime.mode === "on"));
    expect(processes.map(({ keeper }) => keeper.known?.regime.epoch)).toEqual([2, 2, 2]);
    const changes = processes.flatMap(({ events }) => events.filter(({ type }) => type === "regime-changed"));
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
    await bench.until(reader.readOne("a"));
    await bench.until(writer.write([recordOf("b", 1)], stream));
    if (keeper.known?.regime.mode === "warm") expect(bench.cache.entry("b").state).not.toBe("clean");
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
    expect(one.keeper.known?.regime).toEqual({ epoch: 2, mode: "off" });
    one.cutOff = false;
    await bench.untilTrue(() => one.keeper.known?.regime.mode === "on");
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
    expect(one.keeper.known?.regime).toEqual({ epoch: 1, mode: "on" });
  });

  it("has its grace anew in a new epoch: a process that it does not answer yet leaves it warm", async () => {
    const one = await bench.start("one");
    const other = await bench.start("other");
    one.cutOff = true;
    await one.writer.write([recordOf("a", 1)], stream);
    bench.clock.advance(2_000);
    bench.cache.flush();
    const written = other.writer.write([recordOf("b", 1)], stream);
    await bench.untilTrue(() => one.keeper.known?.regime.mode === "warm");
    const answersAgainMs = bench.clock.nowMs() + 1_000;
    await bench.untilTrue(() => bench.clock.nowMs() >= answersAgainMs);
    one.cutOff = false;
    await bench.until(written);
    await bench.untilTrue(() => one.keeper.known?.regime.mode === "on");
    expect(one.keeper.known?.regime.epoch).toBe(2);
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
    const switches = one.events.filter((event) => event.type === "regime-changed" && event.to.mode === "off").length;
    expect(switches).toBeGreaterThan(0);
    expect(switches).toBeLessThan(6);
    // While the cache was off for everybody, it could acknowledge.
    expect(applied).toBeLessThan(20);
    await bench.untilTrue(() => other.keeper.known?.regime.mode === "on");
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
    const read = bench.store.readRegime.bind(bench.store);
    bench.store.readRegime = () => {
      looks += 1;
      return read();
    };
    expect(await stopped.reader.readOne("a")).toMatchObject({ source: "cache" });
    expect(looks).toBe(0);
    // Time passes without any of its timers having run.
    const now = bench.clock.nowMs.bind(bench.clock);
    bench.clock.nowMs = () => now() + 60_000;
    await stopped.reader.readOne("a");
    expect(looks).toBe(1);
  });
});

describe("a table that was restored, with the regime record of then", () => {
  const restored = { reason: "the first epoch", by: "one", changedAtMs: 0, isHeld: false };

  it("passes the guard of its earlier life before the cache is used, and none of its copies is answered", async () => {
    const before = await bench.start("one");
    for (const n of [1, 2, 3]) {
      bench.cache.flush();
      await bench.until(before.writer.write([recordOf("a", n)], stream));
      await bench.untilTrue(() => before.keeper.known?.regime.mode === "on");
    }
    await bench.until(before.writer.write([recordOf("b", 1)], stream));
    expect(before.keeper.known?.regime).toEqual({ epoch: 4, mode: "on" });
    expect(bench.cache.entry("b")).toMatchObject({ state: "clean", epoch: 4 });
    await before.keeper.close();
    await bench.store.changeRegime({ epoch: 4, mode: "on" }, { ...restored, epoch: 2, mode: "on" });

    const after = await bench.start("two");
    expect(await bench.until(after.reader.readOne("b"))).toMatchObject({ source: "store" });
    await bench.untilTrue(() => after.keeper.known?.regime.mode === "on");
    expect(after.keeper.known?.regime.epoch).toBe(5);
    expect(await bench.until(after.reader.readOne("b"))).toMatchObject({ source: "store" });
  });
});
