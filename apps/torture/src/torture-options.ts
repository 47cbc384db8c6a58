/** What a run is asked for. */
import type { RedisEngine } from "@trilane/servers";
import type { CacheTopology } from "./faults/cache-loss.ts";

export interface TortureOptions {
  /** Of load and faults; set-up, drain and audits come on top. */
  readonly minutes: number;
  readonly seed: number;
  /** Where the merged history stays. */
  readonly history: string;
  /** Default: Valkey where it can be had. */
  readonly engine?: RedisEngine;
  /** Lose the cache again and again, in a topology of servers; without it the cache is never lost. */
  readonly cacheLoss?: CacheTopology;
  /** Faults at the edges beside the usual ones: topics, files, jobs and operators that do what they do outside. */
  readonly edges?: boolean;
  /** This fault, and no other than it needs. */
  readonly alone?: "cache-loss" | "clock-steps";
  /** Where a picture goes: of a failover, or of another loss of the cache where there was none. */
  readonly timeline?: string;
  readonly say: (line: string) => void;
  /** Ends the run early: what it started is ended, and nothing is audited. */
  readonly signal: AbortSignal;
}
