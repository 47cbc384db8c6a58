/** Events that the core reports as they happen; logs and metrics subscribe. */
import type { CoreError } from "../errors.ts";
import type { CacheEpoch, CacheEpochMode } from "../protocol/cache-epoch.ts";
import type { Lane } from "../protocol/version.ts";

export type CoreEvent =
  /** A batch of distinct keys went through FENCE, STORE and PUBLISH. */
  | {
      readonly type: "write-batch";
      readonly records: number;
      readonly applied: number;
      readonly superseded: number;
      readonly duplicate: number;
      readonly failed: number;
      /** Writes that a clean copy made unnecessary. */
      readonly covered: number;
      readonly durationMs: number;
    }
  /** Records that never left the process because a newer one of the same key did. */
  | { readonly type: "reduced"; readonly lane: Lane; readonly records: number }
  | {
      readonly type: "read-batch";
      readonly keys: number;
      readonly hits: number;
      /** Read from the store because a write may be under way. */
      readonly fenced: number;
      readonly filled: number;
      readonly durationMs: number;
    }
  /** A publish without an answer: the fence stays, and the next reader or writer repairs the entry. */
  | { readonly type: "publish-unanswered"; readonly records: number; readonly error: CoreError }
  /** Under these keys the cache held what is not an entry, or a damaged one; it was removed. */
  | { readonly type: "entries-healed"; readonly keys: readonly string[] }
  /** This process learned of another cache epoch than it knew. */
  | {
      readonly type: "cache-epoch-learned";
      readonly epoch: number;
      readonly mode: CacheEpochMode;
      /** In force for every process, from the record. */
      readonly leaseMs: number;
      /** What this process was told, and does not use where it differs. */
      readonly configuredLeaseMs: number;
      readonly reason: string;
      readonly by: string;
    }
  /** The time of day is no longer confirmed, for this reason; or, without one, it is again. */
  | { readonly type: "clock"; readonly error: CoreError | null }
  /** This process changed the cache epoch. */
  | {
      readonly type: "cache-epoch-changed";
      readonly from: CacheEpoch | null;
      readonly to: CacheEpoch;
      readonly reason: string;
      readonly by: string;
      readonly durationMs: number;
    }
  /** The table's cache is another one than this process's; while the cache is used, the process must not go on. */
  | { readonly type: "foreign-cache"; readonly mode: CacheEpochMode; readonly error: CoreError }
  /** So many calls of the store may be under way from now on; fewer than before where it throttles or is slow. */
  | { readonly type: "store-window"; readonly from: number; readonly calls: number }
  | {
      readonly type: "port-failed";
      readonly port: "store" | "cache";
      readonly step: string;
      readonly error: CoreError;
    };

export type EmitEvent = (event: CoreEvent) => void;
