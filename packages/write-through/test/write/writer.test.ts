/** The writer on memory adapters: receipts, reduction, failures, shutdown. */
import { MemoryCache, MemoryStore, recordOf, versionOf, VirtualClock } from "@trilane/write-through/testing";
import { expect, it } from "vitest";
import {
  type Cache,
  CoreError,
  type CoreEvent,
  createNextId,
  plainCopies,
  Reader,
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  type Store,
  Writer,
  type CorePorts,
} from "../../src/index.ts";

interface Bench {
  readonly store: MemoryStore;
  readonly cache: MemoryCache;
  readonly clock: VirtualClock;
  readonly events: CoreEvent[];
  readonly ports: CorePorts;
  readonly reader: Reader;
}

async function setUp(
  overrides: { store?: (store: MemoryStore) => Store; cache?: (cache: MemoryCache) => Cache } = {},
): Promise<Bench> {
  const clock = new VirtualClock();
  const store = new MemoryStore(clock);
  const cache = new MemoryCache(clock);
  const events: CoreEvent[] = [];
  const emit = (event: CoreEvent): void => void events.push(event);
  const cacheEpoch = await CacheEpochKeeper.open({ cacheEpochs: store, cache, clock, emit }, cacheEpochOptionsDefaults);
  const ports: CorePorts = {
    store: overrides.store?.(store) ?? store,
    cache: overrides.cache?.(cache) ?? cache,
    clock,
    random: () => 0.5,
    copies: plainCopies,
    nextId: createNextId(),
    emit,
    cacheEpoch,
  };
  return { store, cache, clock, events, ports, reader: new Reader(ports) };
}

const unavailable = new CoreError("STORE_UNAVAILABLE", "stalled");
const batch = { lane: "batch" } as const;

it("calls the twin of a record that is superseded by the store superseded as well, and not a duplicate", async () => {
  const { ports } = await setUp();
  const writer = new Writer(ports);
  await writer.write([recordOf("a", 5)], batch);
  const superseded = { status: "superseded", version: versionOf(3), by: versionOf(5) };
  const inOneCall = await writer.write([recordOf("a", 3), recordOf("a", 3)], batch);
  expect(inOneCall).toEqual([superseded, superseded]);
  const inTwoCalls = await Promise.all([
    writer.write([recordOf("a", 3)], batch),
    writer.write([recordOf("a", 3)], batch),
  ]);
  expect(inTwoCalls.flat()).toEqual([superseded, superseded]);
});

it("gives every record of a call its receipt, in order", async () => {
  const { ports } = await setUp();
  const writer = new Writer(ports);
  await writer.write([recordOf("old", 5)], batch);
  const expired = recordOf("gone", 1, { expiresAtMs: 1_000 });
  const receipts = await writer.write(
    [
      recordOf("a", 1),
      recordOf("a", 3),
      recordOf("a", 2),
      recordOf("a", 3),
      recordOf("old", 4),
      recordOf("old", 5),
      expired,
    ],
    batch,
  );
  expect(receipts).toEqual([
    { status: "superseded", version: versionOf(1), by: versionOf(3) },
    { status: "applied", version: versionOf(3) },
    { status: "superseded", version: versionOf(2), by: versionOf(3) },
    { status: "duplicate", version: versionOf(3) },
    { status: "superseded", version: versionOf(4), by: versionOf(5) },
    { status: "duplicate", version: versionOf(5) },
    { status: "expired", version: versionOf(1) },
  ]);
});

it("reduces by key before anything is sent, across callers and lanes", async () => {
  const { ports, store } = await setUp();
  let puts = 0;
  const counting: Store = {
    put: (batchOfPuts) => {
      puts += batchOfPuts.length;
      return store.put(batchOfPuts);
    },
    read: (keys) => store.read(keys),
  };
  const writer = new Writer({ ...ports, store: counting });
  const calls = Array.from({ length: 50 }, (_, index) =>
    writer.write([recordOf("hot", index + 1)], { lane: index % 2 === 0 ? "stream" : "on-demand" }),
  );
  const receipts = (await Promise.all(calls)).flat();
  expect(receipts.filter(({ status }) => status === "applied")).toEqual([
    { status: "applied", version: versionOf(50) },
  ]);
  expect(receipts.filter(({ status }) => status === "superseded").length).toBe(49);
  expect(puts).toBe(1);
});

it("acknowledges a superseded record only with the record that superseded it", async () => {
  const { ports } = await setUp({
    store: (store) => ({
      put: (puts) => Promise.resolve(puts.map(() => ({ kind: "failed", error: unavailable }))),
      read: (keys) => store.read(keys),
    }),
  });
  const receipts = await new Writer(ports).write([recordOf("a", 1), recordOf("a", 2)], batch);
  expect(receipts).toEqual([
    { status: "failed", error: unavailable },
    { status: "failed", error: unavailable },
  ]);
});

it("leaves a fence behind a put of unknown outcome, and a retry or a reader clears it", async () => {
  let isDown = true;
  const { ports, cache, reader } = await setUp({
    store: (store) => ({
      // The put is applied, and its answer is lost.
      put: async (puts) => {
        const replies = await store.put(puts);
        return isDown ? puts.map(() => ({ kind: "failed", error: unavailable })) : replies;
      },
      read: (keys) => store.read(keys),
    }),
  });
  const writer = new Writer(ports);
  expect((await writer.write([recordOf("a", 1), recordOf("b", 1)], batch)).map(({ status }) => status)).toEqual([
    "failed",
    "failed",
  ]);
  expect(cache.entry("a").state).toBe("fence");
  isDown = false;
  expect(await writer.write([recordOf("a", 1)], batch)).toEqual([{ status: "duplicate", version: versionOf(1) }]);
  expect(cache.entry("a").state).toBe("clean");
  expect(await reader.readOne("b")).toMatchObject({ kind: "found", version: versionOf(1), source: "store" });
  expect(await reader.readOne("b")).toMatchObject({ kind: "found", source: "cache" });
});

it("acknowledges when the publish goes unanswered: the fence keeps readers on the store", async () => {
  const error = new CoreError("CACHE_UNAVAILABLE", "cut off");
  const { ports, cache, reader, events } = await setUp({
    cache: (inner) =>
      Object.assign(Object.create(inner) as MemoryCache, {
        publish: (_: number, commands: readonly unknown[]) =>
          Promise.resolve(commands.map(() => ({ kind: "failed", error }))),
        fence: inner.fence.bind(inner),
        get: inner.get.bind(inner),
        raise: inner.raise.bind(inner),
        lease: inner.lease.bind(inner),
        fill: inner.fill.bind(inner),
      }),
  });
  expect(await new Writer(ports).write([recordOf("a", 1)], batch)).toEqual([
    { status: "applied", version: versionOf(1) },
  ]);
  expect(cache.entry("a").state).toBe("fence");
  expect(events.some(({ type }) => type === "publish-unanswered")).toBe(true);
  expect(await reader.readOne("a")).toMatchObject({ version: versionOf(1), source: "store" });
  expect(cache.entry("a").state).toBe("clean");
});

it("does not push hot copies out with a backfill of cold keys", async () => {
  const { ports, cache } = await setUp();
  const writer = new Writer(ports);
  await writer.write([recordOf("cold", 1, { populate: "if-cached" })], batch);
  expect(cache.entry("cold").state).toBe("absent");
  await writer.write([recordOf("hot", 1)], { lane: "stream" });
  await writer.write([recordOf("hot", 2, { populate: "if-cached" })], batch);
  expect(cache.entry("hot")).toMatchObject({ state: "clean", copy: { version: versionOf(2) } });
});

it("skips the store for what a clean copy covers", async () => {
  const { ports, events } = await setUp();
  const writer = new Writer(ports);
  await writer.write([recordOf("a", 3)], batch);
  expect(await writer.write([recordOf("a", 2)], batch)).toEqual([
    { status: "superseded", version: versionOf(2), by: versionOf(3) },
  ]);
  expect(events.filter((event) => event.type === "write-batch").map(({ covered }) => covered)).toEqual([0, 1]);
});

it("fails what was not sent when the signal fires, and finishes what was", async () => {
  const { ports } = await setUp();
  const writer = new Writer(ports, { limits: { batchMax: 1, batchesMax: 1 } });
  const controller = new AbortController();
  const sent = writer.write([recordOf("a", 1)], batch);
  const writing = writer.write([recordOf("b", 1), recordOf("c", 1)], { ...batch, signal: controller.signal });
  controller.abort();
  expect(await sent).toEqual([{ status: "applied", version: versionOf(1) }]);
  expect((await writing).map((receipt) => receipt.status === "failed" && receipt.error.code)).toEqual([
    "ABORTED",
    "ABORTED",
  ]);
});

it("wakes who waits for room when the records before them are aborted", async () => {
  const { ports } = await setUp();
  const writer = new Writer(ports, { limits: { batchMax: 1, batchesMax: 1, pendingMax: 1 } });
  const controller = new AbortController();
  const first = writer.write([recordOf("a", 1)], batch);
  const aborted = writer.write([recordOf("b", 1)], { ...batch, signal: controller.signal });
  const waiting = writer.write([recordOf("c", 1)], batch);
  controller.abort();
  expect((await first).map(({ status }) => status)).toEqual(["applied"]);
  expect((await aborted).map(({ status }) => status)).toEqual(["failed"]);
  expect((await waiting).map(({ status }) => status)).toEqual(["applied"]);
  await writer.close();
});

it("keeps no more than its limit waiting, loses none, and closes when all are settled", async () => {
  const { ports } = await setUp();
  const writer = new Writer(ports, { limits: { batchMax: 3, batchesMax: 2, pendingMax: 5 } });
  const records = Array.from({ length: 100 }, (_, index) => recordOf(`k${index}`, 1));
  const writing = writer.write(records, batch);
  const receipts = await writing;
  await writer.close();
  expect(receipts.every(({ status }) => status === "applied")).toBe(true);
  expect(await writer.write([recordOf("late", 1)], batch)).toMatchObject([
    { status: "failed", error: { code: "CLOSED" } },
  ]);
});
