/**
 * Switches the cache off and on by hand while everything runs, as `trilane
 * cache off` and `on` do. The cache loses nothing: a process that still knows
 * the old epoch hits its copies until its lease ends.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Cache, type Random, type CacheEpochStore, switchCacheOff, switchCacheOn } from "@trilane/write-through";
import type { CacheLossKind } from "./cache-loss.ts";

const OFF_MS_MIN = 500;
const OFF_MS_MAX = 5_000;
const RETRY_MS = 200;
/** All other losses are over when this one begins, so the cache soon answers. */
const ATTEMPTS_MAX = 100;

export function operatedCache(parts: {
  readonly cacheEpochs: CacheEpochStore;
  readonly cache: Cache;
  readonly random: Random;
}): CacheLossKind {
  const { cacheEpochs, cache, random } = parts;
  const operated = { cacheEpochs, cache, nowMs: () => Date.now(), by: "torture", reason: "switched by hand" };
  return {
    name: "cache-loss switched off and on by hand",
    run: async () => {
      const { epoch } = await untilDone(() => switchCacheOff(operated));
      await delay(OFF_MS_MIN + (OFF_MS_MAX - OFF_MS_MIN) * random());
      await untilDone(() => switchCacheOn(operated));
      return `epoch ${epoch}`;
    },
  };
}

/** @throws the last failure */
async function untilDone<Result>(change: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change();
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
      await delay(RETRY_MS);
    }
  }
}
