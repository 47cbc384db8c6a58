/** The reader on memory adapters: which reads share a request, and which must not. */
import { openSteadyCacheEpoch, recordOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { CoreError, Reader, systemClock } from "../../src/index.ts";
import { batch, openCore } from "../core-fixture.ts";

function readsOf(calls: readonly string[]): readonly string[] {
  return calls.filter((call) => call.startsWith("get ") || call.startsWith("read "));
}

describe("reads of one turn", () => {
  it("share one request, be they of one key or of many, and of the same key once", async () => {
    const { writer, reader, calls } = await openCore();
    await writer.write([recordOf("a", 1), recordOf("b", 2), recordOf("c", 3)], batch);
    const [a, ab, cb] = await Promise.all([
      reader.readOne("a"),
      reader.read(["a", "b"]),
      Promise.resolve().then(() => reader.read(["c", "b", "c"])),
    ]);
    expect(readsOf(calls)).toEqual(["get a b c"]);
    expect(a).toMatchObject({ kind: "found", version: versionOf(1), source: "cache" });
    expect(ab).toMatchObject([{ version: versionOf(1) }, { version: versionOf(2) }]);
    expect(cb).toMatchObject([{ version: versionOf(3) }, { version: versionOf(2) }, { version: versionOf(3) }]);
  });

  it("share one read of the store, too", async () => {
    const { store, reader, calls } = await openCore();
    const body = { payload: Buffer.from("a"), expiresAtMs: 4e12 };
    await store.put([{ key: "a", version: versionOf(1), body }]);
    const results = await Promise.all([reader.read(["a", "none"]), reader.readOne("a")]);
    expect(readsOf(calls)).toEqual(["get a none", "read a none"]);
    expect(results.flat()).toMatchObject([{ kind: "found" }, { kind: "absent" }, { kind: "found" }]);
  });

  it("share it on the system's clock, although each of their callbacks has promises and ticks of its own", async () => {
    const { cache, ports, calls } = await openCore();
    const cacheEpoch = await openSteadyCacheEpoch(cache, systemClock);
    const reader = new Reader({ ...ports, clock: systemClock, cacheEpoch });
    const inCallback = (key: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        setImmediate(() => reader.readOne(key).then(resolve, reject));
      });
    await Promise.all(["a", "b", "c"].map(inCallback));
    expect(readsOf(calls)[0]).toBe("get a b c");
  });

  it("go in several requests where there are more keys than one takes", async () => {
    const { writer, ports, calls } = await openCore();
    const keys = ["a", "b", "c", "d", "e"];
    await writer.write(
      keys.map((key, index) => recordOf(key, index + 1)),
      batch,
    );
    const reader = new Reader(ports, { limits: { batchMax: 2 } });
    const results = await reader.read([...keys, "a"]);
    expect(readsOf(calls)).toEqual(["get a b", "get c d", "get e a"]);
    expect(results.map((result) => result.kind === "found" && result.version)).toEqual(
      [1, 2, 3, 4, 5, 1].map((n) => versionOf(n)),
    );
  });
});

describe("a read", () => {
  it("does not join a request that was sent: what that brings may be older than what this one must see", async () => {
    const held: (() => void)[] = [];
    const { cache, writer, ports, calls } = await openCore({
      cache: (inner) => ({
        get: async (epoch, keys) => {
          const replies = await inner.get(epoch, keys);
          // The server has answered; the answer is on its way.
          if (held.length === 0) await new Promise<void>((resolve) => held.push(resolve));
          return replies;
        },
      }),
    });
    await writer.write([recordOf("a", 1)], batch);
    const reader = new Reader(ports);
    const before = reader.readOne("a");
    await expect.poll(() => held.length).toBe(1);
    expect(await writer.write([recordOf("a", 2)], batch)).toMatchObject([{ status: "applied" }]);
    expect(cache.entry("a")).toMatchObject({ state: "clean", copy: { version: versionOf(2) } });
    // The write is acknowledged, and the first read's request is still under way.
    const [one, many] = await Promise.all([reader.readOne("a"), reader.read(["a"])]);
    expect([one, ...many]).toMatchObject([{ version: versionOf(2) }, { version: versionOf(2) }]);
    held[0]?.();
    expect(await before).toMatchObject({ version: versionOf(1) });
    expect(readsOf(calls)).toEqual(["get a", "get a"]);
  });

  it("of no key asks nobody", async () => {
    const { reader, calls } = await openCore();
    expect(await reader.read([])).toEqual([]);
    expect(calls).toEqual([]);
  });

  it("sees no expired record and no deleted one", async () => {
    const { writer, reader, clock } = await openCore();
    const soonMs = Math.ceil(clock.nowMs() / 1_000) * 1_000 + 5_000;
    await writer.write([recordOf("a", 1, { expiresAtMs: soonMs }), recordOf("b", 2, { payload: null })], batch);
    expect(await reader.readOne("a")).toMatchObject({ kind: "found" });
    expect(await reader.readOne("b")).toEqual({ kind: "absent", version: versionOf(2), source: "cache" });
    clock.advance(5_000);
    expect(await reader.readOne("a")).toMatchObject({ kind: "absent", version: versionOf(1) });
  });

  it("answers from the store when the cache has no memory for a fill, and raises first", async () => {
    const error = new CoreError("CACHE_FULL", "no memory");
    const { store, cache, reader, calls } = await openCore({
      cache: () => ({
        fill: (_, commands) => Promise.resolve(commands.map(() => ({ kind: "failed", error }))),
      }),
    });
    const body = { payload: Buffer.from("a"), expiresAtMs: 4e12 };
    await store.put([{ key: "a", version: versionOf(1), body }]);
    expect(await reader.readOne("a")).toMatchObject({ kind: "found", version: versionOf(1), source: "store" });
    expect(calls).toEqual(["get a", "lease a", "read a", "fill a", "raise a"]);
    expect(cache.entry("a")).toMatchObject({ state: "lease", floor: versionOf(1) });
  });

  it("that fails does not count as a hit", async () => {
    const error = new CoreError("STORE_UNAVAILABLE", "stalled");
    const { writer, reader, events } = await openCore({
      store: () => ({ read: (keys) => Promise.resolve(keys.map(() => ({ kind: "failed", error }))) }),
    });
    await writer.write([recordOf("a", 1)], batch);
    expect(await reader.read(["a", "cold"])).toMatchObject([{ kind: "found" }, { kind: "failed", error }]);
    expect(events.filter(({ type }) => type === "read-batch")).toMatchObject([{ keys: 2, hits: 1, filled: 1 }]);
  });

  it("that the cache refuses for good does not count as a hit either", async () => {
    const error = new CoreError("CACHE_MISCONFIGURED", "no right to read");
    const { reader, events } = await openCore({
      cache: () => ({ get: (_, keys) => Promise.resolve(keys.map(() => ({ kind: "failed", error }))) }),
    });
    expect(await reader.readOne("a")).toEqual({ kind: "failed", error });
    expect(events.filter(({ type }) => type === "read-batch")).toMatchObject([{ keys: 1, hits: 0 }]);
  });

  it("is answered although a port breaks its contract, and no key gets another's answer", async () => {
    const { reader } = await openCore({ cache: () => ({ get: () => Promise.resolve([]) }) });
    const results = await reader.read(["a", "b"]);
    for (const result of results) {
      expect(result).toMatchObject({ kind: "failed", error: { code: "STORE_UNAVAILABLE" } });
      expect(result.kind === "failed" && String(result.error.cause)).toMatch("2 items cannot be paired with 0");
    }
  });
});
