import { MemoryCache, MemoryStore, VirtualClock } from "@trilane/write-through/testing";
import { describe } from "vitest";
import { putOf } from "../../src/testing/sample-records.ts";
import { cacheContract, erasuresContract, storeContract } from "../../src/testing/contracts.ts";

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

describe("the list of erasures in memory", () => {
  erasuresContract({
    open: () => Promise.resolve(new MemoryStore()),
    async putRecords(erasures, subject, keys) {
      if (erasures instanceof MemoryStore) await erasures.put(keys.map((key) => ({ ...putOf(key, 1), subject })));
    },
    seed: 5,
  });
});
