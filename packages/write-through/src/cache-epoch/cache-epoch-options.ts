/** Options of the cache epoch: how long a process relies on what it knows, and when it gives the cache up. */
import type { WhenCacheUnreachable } from "../protocol/cache-epoch-rules.ts";

export interface CacheEpochOptions {
  /**
   * Milliseconds that a process relies on the cache epoch record, from when it asked for it. Writes pause for about
   * as long at a change, and so long after the store has gone even hits are no longer answered. It counts for
   * the first epoch only: from then on the length in the record does, for every process, and `changeLease`
   * changes it.
   */
  readonly leaseMs: number;
  /** Milliseconds without an answer of the cache after which a process switches it off. */
  readonly graceMs: number;
  /** Milliseconds between two looks at a cache that is off or warming up. */
  readonly probeMs: number;
  /** What to do without an answer of the cache; see docs/cache-epochs.md for what `read-store` costs. */
  readonly whenCacheUnreachable: WhenCacheUnreachable;
  /** Milliseconds by which this machine's clock may differ from the store's; beyond, the process stops its work. */
  readonly clockDifferenceMsMax: number;
  /** What tells this process's cache from another of the same table; null: nothing does. */
  readonly cacheName: string | null;
  /** The process, in the record and in logs. */
  readonly process: string;
}

export const cacheEpochOptionsDefaults: CacheEpochOptions = {
  leaseMs: 3_000,
  graceMs: 1_500,
  probeMs: 500,
  whenCacheUnreachable: "read-store",
  clockDifferenceMsMax: 5_000,
  cacheName: null,
  process: "unnamed",
};
