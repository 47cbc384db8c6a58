/** The options of a run. */
import type { RedisEngine } from "@trilane/servers";
import type { CacheTopology } from "./faults/cache-loss.ts";

export interface TortureOptions {
  /** The duration of load and faults; preparation, drain and audits come in addition. */
  readonly minutes: number;
  readonly seed: number;
  /** The file for the merged history. */
  readonly history: string;
  /** Default: Valkey where there is a binary of it. */
  readonly engine?: RedisEngine;
  /** Loses the cache again and again, in a topology of servers; without it the cache is never lost. */
  readonly cacheLoss?: CacheTopology;
  /** Processes come by TLS and login, with the rights of docs/rights.md alone. */
  readonly secured?: boolean;
  /** Adds faults at the edges to the usual ones: topics, files, jobs and operators. */
  readonly edges?: boolean;
  /** Causes this fault, and no other except those that it needs. */
  readonly alone?: "cache-loss" | "clock-steps";
  /** The file for a picture: of a failover, or of another loss of the cache where there was none. */
  readonly timeline?: string;
  readonly say: (line: string) => void;
  /** Ends the run early: everything that it started is ended, and nothing is audited. */
  readonly signal: AbortSignal;
}
