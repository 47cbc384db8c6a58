/**
 * A value that is not an entry, and an item of another program, affect one key:
 * reads of the other keys go on.
 */
import { MemoryCache, MemoryStore, recordOf, versionOf, VirtualClock } from "@trilane/write-through/testing";
import { expect, it } from "vitest";
import {
  CoreError,
  type CoreEvent,
  createNextId,
  plainCopies,
  FOREIGN_ITEM,
  Reader,
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  type Store,
  Writer,
} from "../../src/index.ts";

const batch = { lane: "batch" } as const;
const FOREIGN = new TextEncoder().encode("another program's");

async function setUp(overrides: { readonly store?: (store: MemoryStore) => Store } = {}) {
  const clock = new VirtualClock();
  const store = new MemoryStore(clock);
  const cache = new MemoryCache(clock);
  const events: CoreEvent[] = [];
  const emit = (event: CoreEvent): void => void events.push(event);
  const cacheEpoch = await CacheEpochKeeper.open({ cacheEpochs: store, cache, clock, emit }, cacheEpochOptionsDefaults);
  const ports = {
    store: overrides.store?.(store) ?? store,
    cache,
    clock,
    random: () => 0.5,
    copies: plainCopies,
    nextId: createNextId(),
    emit,
    cacheEpoch,
  };
  return { store, cache, clock, events, writer: new Writer(ports), reader: new Reader(ports), cacheEpoch };
}

it("answers from the store where the cache holds what is not an entry, heals it, and says so", async () => {
  const { cache, events, reader, writer } = await setUp();
  await writer.write([recordOf("a", 1), recordOf("b", 1)], batch);
  cache.overwrite("a", FOREIGN);
  expect(await reader.read(["a", "b"])).toMatchObject([
    { kind: "found", version: versionOf(1), source: "store" },
    { kind: "found", version: versionOf(1), source: "cache" },
  ]);
  expect(events.filter(({ type }) => type === "entries-healed")).toEqual([{ type: "entries-healed", keys: ["a"] }]);
  expect(await reader.readOne("a")).toMatchObject({ source: "cache", version: versionOf(1) });
});

it("writes over what is not an entry", async () => {
  const { cache, reader, writer } = await setUp();
  cache.overwrite("a", FOREIGN);
  expect(await writer.write([recordOf("a", 2), recordOf("b", 2)], batch)).toMatchObject([
    { status: "applied" },
    { status: "applied" },
  ]);
  expect(await reader.readOne("a")).toMatchObject({ source: "cache", version: versionOf(2) });
});

it("makes one record dead, with the remedy, where the store holds another program's item, and writes the others", async () => {
  const corrupt = new CoreError("STORE_CORRUPT", 'the item "a" is not a record: does another program write here?');
  const { store, writer } = await setUp({
    store: (memory) => ({
      read: (keys) => memory.read(keys),
      put: async (puts) => {
        const replies = await memory.put(puts.filter(({ key }) => key !== "a"));
        return puts.map(({ key }) => (key === "a" ? { kind: "failed", error: corrupt } : (replies[0] ?? unanswered)));
      },
    }),
  });
  // The loser must not be superseded by a record that was never written.
  const receipts = await writer.write([recordOf("a", 1), recordOf("a", 2), recordOf("b", 1)], batch);
  expect(receipts.map(({ status }) => status)).toEqual(["dead", "dead", "applied"]);
  expect(receipts[0]).toMatchObject({ reason: FOREIGN_ITEM, detail: expect.stringMatching(/"a".*Remove the item/) });
  expect(await store.read(["b"])).toMatchObject([{ copy: { version: versionOf(1) } }]);
});

const unanswered = { kind: "failed", error: new CoreError("STORE_UNAVAILABLE", "no reply") } as const;
