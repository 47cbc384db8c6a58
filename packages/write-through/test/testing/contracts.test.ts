import { MemoryCache, MemoryStore, VirtualClock } from "@trilane/write-through/testing";
import { describe } from "vitest";
import { cacheContract, storeContract } from "../../src/testing/contracts.ts";

describe("memory cache", () => {
  cacheContract({
    open: () => Promise.resolve(new MemoryCache(new VirtualClock())),
    overwrite: (cache, key, bytes) => Promise.resolve(cache.overwrite(key, bytes)),
    sequences: 2_000,
    seed: 1,
  });
});

describe("memory store", () => {
  storeContract({ open: () => Promise.resolve(new MemoryStore()), rounds: 400, seed: 1 });
});
