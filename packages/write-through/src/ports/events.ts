/** Events that the core reports as they happen. Logs and metrics subscribe to them. */
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
      readonly erased: number;
      readonly failed: number;
      /** The number of writes that a clean copy made unnecessary. */
      readonly covered: number;
      readonly durationMs: number;
    }
  /** Records that never left the process, because a newer record of the same key did. */
  | { readonly type: "reduced"; readonly lane: Lane; readonly records: number }
  | {
      readonly type: "read-batch";
      readonly keys: number;
      readonly hits: number;
      /** The number of keys that were read from the store because a write may be under way. */
      readonly fenced: number;
      readonly filled: number;
      readonly durationMs: number;
    }
  /** A publish without an answer. The fence stays, and the next reader or writer repairs the entry. */
  | { readonly type: "publish-unanswered"; readonly records: number; readonly error: CoreError }
  /** Under these keys the cache held a foreign value or a damaged entry, which was removed. */
  | { readonly type: "entries-healed"; readonly keys: readonly string[] }
  /** This process learned of a cache epoch that it did not know. */
  | {
      readonly type: "cache-epoch-learned";
      readonly epoch: number;
      readonly mode: CacheEpochMode;
      /** The length in the record, which holds for every process. */
      readonly leaseMs: number;
      /** The length that this process is configured with. It is not used where it differs. */
      readonly configuredLeaseMs: number;
      readonly reason: string;
      readonly by: string;
    }
  /** With an error: the time of day is no longer confirmed, for this reason. Without: it is confirmed again. */
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
  /** The table's cache is another one than this process's. While the cache is in use, the process must not go on. */
  | { readonly type: "foreign-cache"; readonly mode: CacheEpochMode; readonly error: CoreError }
  /**
   * From now on so many calls of the store may be under way. They are fewer than before where it throttles or is slow.
   */
  | { readonly type: "store-window"; readonly from: number; readonly calls: number }
  | {
      readonly type: "port-failed";
      readonly port: "store" | "cache";
      readonly step: string;
      readonly error: CoreError;
    };

export type EmitEvent = (event: CoreEvent) => void;
