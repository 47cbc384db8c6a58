/** Options of the cache epoch: how long a process relies on what it knows, and when it gives the cache up. */
import type { WhenCacheUnreachable } from "../protocol/cache-epoch-rules.ts";

export interface CacheEpochOptions {
  /**
   * Milliseconds that a process relies on the cache epoch record, counted from when it asked for it. Writes pause for
   * about as long at a change, and hits are no longer answered once the store has been silent for so long. This option
   * counts for the first epoch only. From then on every process goes by the length in the record, which `changeLease`
   * changes.
   */
  readonly leaseMs: number;
  /** Milliseconds without an answer of the cache, after which a process switches it off. */
  readonly graceMs: number;
  /** Milliseconds between two looks at a cache that is off or warming up. */
  readonly probeMs: number;
  /** How to go on without an answer of the cache; docs/cache-epochs.md says what `read-store` costs. */
  readonly whenCacheUnreachable: WhenCacheUnreachable;
  /**
   * Milliseconds by which this machine's clock may differ from the store's. Beyond that, the process stops its work.
   */
  readonly clockDifferenceMsMax: number;
  /** Distinguishes this process's cache from other caches of the same table; null: nothing does. */
  readonly cacheName: string | null;
  /** Names the process in the record and in logs. */
  readonly process: string;
  /** The fingerprint of the key with which this process makes the digests of subjects; null: it makes none. */
  readonly subjectKey: string | null;
  /** The fingerprint of the key before, while the key changes; null where it does not. */
  readonly formerSubjectKey: string | null;
}

export const cacheEpochOptionsDefaults: CacheEpochOptions = {
  leaseMs: 3_000,
  graceMs: 1_500,
  probeMs: 500,
  whenCacheUnreachable: "read-store",
  clockDifferenceMsMax: 5_000,
  cacheName: null,
  process: "unnamed",
  subjectKey: null,
  formerSubjectKey: null,
};
