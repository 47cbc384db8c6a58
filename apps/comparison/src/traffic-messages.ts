/**
 * The settings with which a process of the comparison is started, and the
 * messages between it and its parent.
 */
import type { Workload } from "./workload.ts";

export interface TrafficSetting extends Workload {
  readonly approach: string;
  readonly role: "writer" | "reader";
  /** The number among the processes of its role. */
  readonly index: number;
  /** The number among all processes, for the history. */
  readonly process: number;
  /** The first operation that is not settled. */
  readonly from: number;
  readonly table: string;
  readonly prefix: string;
  readonly storePort: number;
  readonly cachePort: number;
  readonly file: string;
}

/** Times are nanoseconds of the machine's monotonic clock. */
export interface BeginMessage {
  readonly startNs: number;
  readonly endNs: number;
}

export interface TrafficCounts {
  /** The number of reads that were answered, or of writes that were acknowledged. */
  readonly answered: number;
  /** The number of attempts without an answer; each write is tried again. */
  readonly failed: number;
}

export type ReportMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "mark"; readonly mark: number }
  | ({ readonly kind: "done" } & TrafficCounts);
