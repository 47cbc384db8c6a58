/** How long a process relies on what it knows, and when it gives the cache up. */
import type { WhenCacheUnreachable } from "../protocol/regime-rules.ts";

export interface RegimeOptions {
  /**
   * Milliseconds that a process relies on the regime record, from when it asked for it. Writes pause for about
   * as long at a change, and so long after the store has gone even hits are no longer answered. The same for
   * every process of a cache.
   */
  readonly leaseMs: number;
  /** Milliseconds without an answer of the cache after which a process switches it off. */
  readonly graceMs: number;
  /** Milliseconds between two looks at a cache that is off or warming up. */
  readonly probeMs: number;
  /** What to do without an answer of the cache; see docs/regimes.md for what `read-store` costs. */
  readonly whenCacheUnreachable: WhenCacheUnreachable;
  /** The process, in the record and in logs. */
  readonly process: string;
}

export const regimeOptionsDefaults: RegimeOptions = {
  leaseMs: 3_000,
  graceMs: 1_500,
  probeMs: 500,
  whenCacheUnreachable: "read-store",
  process: "unnamed",
};
