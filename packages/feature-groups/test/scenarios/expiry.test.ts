/**
 * Expiry over the real writer and reader: it counts from the event time, by the
 * group's present ttl or the record's own shorter one, in the cache and in the
 * store alike.
 */
import { CacheEpochKeeper, cacheEpochOptionsDefaults, createNextId, Reader, Writer } from "@trilane/write-through";
import { MemoryCache, MemoryStore, VirtualClock } from "@trilane/write-through/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  createFeatureReader,
  createFeatureWriter,
  createGroupCopies,
  defineConfig,
  defineGroup,
  type FeatureConfig,
  type FeatureReader,
  type FeatureWriter,
} from "../../src/index.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Process {
  readonly writer: FeatureWriter;
  readonly reader: FeatureReader;
}

let clock: VirtualClock;
let store: MemoryStore;
let cache: MemoryCache;
let keepers: CacheEpochKeeper[] = [];

beforeEach(() => {
  clock = new VirtualClock();
  store = new MemoryStore(clock);
  cache = new MemoryCache(clock);
});
afterEach(async () => {
  for (const keeper of keepers) await keeper.close();
  keepers = [];
});

/** A process whose group has this ttl. All processes share store and cache. */
async function openProcess(ttlMs: number): Promise<Process> {
  const users = defineGroup({
    key: ["user"],
    eventTime: { field: "at", unit: "ms" },
    recordTtl: { field: "ttl", unit: "s" },
    schema: z.object({ score: z.number() }),
    ttlMs,
  });
  const config: FeatureConfig = defineConfig({ groups: { users } });
  const emit = (): undefined => undefined;
  const keeper = await CacheEpochKeeper.open({ cacheEpochs: store, cache, clock, emit }, cacheEpochOptionsDefaults);
  keepers.push(keeper);
  const copies = createGroupCopies(config);
  const ports = { store, cache, copies, clock, random: () => 0, nextId: createNextId(), emit, cacheEpoch: keeper };
  return {
    writer: createFeatureWriter(config, new Writer(ports)),
    reader: createFeatureReader(config, new Reader(ports)),
  };
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  for (const keeper of keepers) await keeper.look();
}

async function write(
  { writer }: Process,
  score: number,
  agoMs: number,
  ttlSeconds?: number,
): Promise<string | undefined> {
  const input = {
    user: "u",
    at: clock.nowMs() - agoMs,
    score,
    ...(ttlSeconds === undefined ? {} : { ttl: ttlSeconds }),
  };
  const [receipt] = await writer.write("users", [input], { lane: "stream" });
  return receipt?.status;
}

/** The score and where it came from. */
async function read({ reader }: Process): Promise<string> {
  const record = await reader.get("users", { user: "u" });
  return record === null ? "none" : `${String(record.features["score"])} from the ${record.source}`;
}

/** A read from the store: the cache has lost its copy. */
async function readStore(process: Process): Promise<string> {
  cache.evict("users#u");
  return read(process);
}

describe("a group's ttl", () => {
  it("that is shortened ends older records at once, in cache and store", async () => {
    const long = await openProcess(24 * HOUR_MS);
    const short = await openProcess(HOUR_MS);
    expect(await write(long, 1, 2 * HOUR_MS)).toBe("applied");
    expect([await read(long), await read(short), await readStore(short), await readStore(long)]).toEqual([
      "1 from the cache",
      "none",
      "none",
      "1 from the store",
    ]);
  });

  it("that is prolonged shows again what the store still has", async () => {
    const short = await openProcess(3 * HOUR_MS);
    const long = await openProcess(24 * HOUR_MS);
    await write(short, 1, 2 * HOUR_MS);
    await pass(2 * HOUR_MS);
    expect([await read(short), await read(long)]).toEqual(["none", "1 from the store"]);
  });

  it("drops a late event that is over by then", async () => {
    const process = await openProcess(HOUR_MS);
    expect([await write(process, 1, 2 * HOUR_MS), await read(process)]).toEqual(["expired", "none"]);
  });
});

describe("a record's own ttl", () => {
  it("ends it in cache and store, and the ended record goes on beating older ones", async () => {
    const process = await openProcess(24 * HOUR_MS);
    await write(process, 1, 0, 60);
    expect(await read(process)).toBe("1 from the cache");
    await pass(MINUTE_MS);
    expect([await read(process), await readStore(process)]).toEqual(["none", "none"]);
    expect([await write(process, 0, 2 * MINUTE_MS), await read(process)]).toEqual(["superseded", "none"]);
  });

  it("that is over on arrival leaves a mark, so that no older record comes back", async () => {
    const process = await openProcess(24 * HOUR_MS);
    expect(await write(process, 1, 2 * MINUTE_MS, 60)).toBe("expired");
    expect([await write(process, 0, 5 * MINUTE_MS), await read(process)]).toEqual(["superseded", "none"]);
    expect([await write(process, 2, MINUTE_MS), await read(process)]).toEqual(["applied", "2 from the cache"]);
  });

  it("that is longer than the group's counts as the group's", async () => {
    const process = await openProcess(HOUR_MS);
    await write(process, 1, 0, 24 * 3_600);
    await pass(HOUR_MS);
    expect([await read(process), await readStore(process)]).toEqual(["none", "none"]);
  });

  it.each(["soon", 0, -5, 1.5])("of %j is refused", async (ttl) => {
    const { writer } = await openProcess(HOUR_MS);
    const input = { user: "u", at: clock.nowMs(), score: 1, ttl };
    const [receipt] = await writer.write("users", [input], { lane: "stream" });
    expect(receipt).toMatchObject({ status: "dead", reason: "invalid-ttl" });
  });
});
