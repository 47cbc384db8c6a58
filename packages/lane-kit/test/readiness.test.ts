/** A process is ready when it can answer. */
import { setImmediate as turn } from "node:timers/promises";
import {
  CoreError,
  CacheEpochKeeper,
  type CacheEpochStore,
  cacheEpochOptionsDefaults,
  switchCacheOff,
} from "@trilane/write-through";
import { MemoryCache, MemoryStore, VirtualClock } from "@trilane/write-through/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unreadyReason } from "../src/readiness.ts";

const STEP_MS = 100;
const TURNS = 10;

let clock: VirtualClock;
let store: MemoryStore;
let cache: MemoryCache;
let keeper: CacheEpochKeeper;
let isStoreGone: boolean;
let looks: number;
let serverAheadMs: number;
let stopping: AbortController;

const reason = (): string | null => unreadyReason({ cacheEpoch: keeper, stopping: stopping.signal });

/** Lets the background work go on for so long. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    clock.advance(STEP_MS);
    for (let count = 0; count < TURNS; count += 1) await turn();
  }
}

beforeEach(async () => {
  clock = new VirtualClock();
  store = new MemoryStore({ nowMs: () => clock.nowMs() + serverAheadMs });
  cache = new MemoryCache(clock);
  isStoreGone = false;
  looks = 0;
  serverAheadMs = 0;
  stopping = new AbortController();
  const cacheEpochs: CacheEpochStore = {
    readCacheEpoch: () => {
      looks += 1;
      if (isStoreGone) return Promise.reject(new CoreError("STORE_UNAVAILABLE", "no answer"));
      return store.readCacheEpoch();
    },
    changeCacheEpoch: (from, to) => store.changeCacheEpoch(from, to),
  };
  keeper = await CacheEpochKeeper.open(
    { cacheEpochs, cache, clock, emit: () => undefined },
    { ...cacheEpochOptionsDefaults, process: "api" },
  );
});
afterEach(() => keeper.close());

describe("a process", () => {
  it("is ready while the cache is on, lost, or switched off by an operator", async () => {
    expect(reason()).toBeNull();
    cache.flush();
    await pass(10_000);
    expect(reason()).toBeNull();
    await switchCacheOff({ cacheEpochs: store, cache, nowMs: () => clock.nowMs(), reason: "planned", by: "ops" });
    await pass(10_000);
    expect(keeper.known?.cacheEpoch.mode).toBe("off");
    expect(reason()).toBeNull();
  });

  it("is not ready a lease after the store has gone, says why, and is ready again when it is back", async () => {
    isStoreGone = true;
    await pass(cacheEpochOptionsDefaults.leaseMs / 2);
    expect(reason()).toBeNull();
    await pass(cacheEpochOptionsDefaults.leaseMs);
    expect(reason()).toMatch(/STORE_UNAVAILABLE/);
    isStoreGone = false;
    await pass(cacheEpochOptionsDefaults.leaseMs);
    expect(reason()).toBeNull();
  });

  it("is not ready while its clock is an hour behind the store's, and says so", async () => {
    serverAheadMs = 3_600_000;
    await pass(cacheEpochOptionsDefaults.leaseMs);
    expect(reason()).toMatch(/clock is 3600 s behind/);
    serverAheadMs = 0;
    await pass(cacheEpochOptionsDefaults.leaseMs);
    expect(reason()).toBeNull();
  });

  it("is not ready once it shuts down", () => {
    stopping.abort();
    expect(reason()).toMatch(/shutting down/);
  });

  it("is asked without a call of the store", () => {
    const before = looks;
    for (let probe = 0; probe < 1_000; probe += 1) reason();
    expect(looks).toBe(before);
  });
});
