/** What a process of the comparison is started with, and what it and its parent say to each other. */
import type { Workload } from "./workload.ts";

export interface TrafficSetting extends Workload {
  readonly approach: string;
  readonly role: "writer" | "reader";
  /** Among those of its role. */
  readonly index: number;
  /** Among all; for the history. */
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
  /** Reads that were answered, or writes that were acknowledged. */
  readonly answered: number;
  /** Attempts that were not; each write is tried again. */
  readonly failed: number;
}

export type ReportMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "mark"; readonly mark: number }
  | ({ readonly kind: "done" } & TrafficCounts);
