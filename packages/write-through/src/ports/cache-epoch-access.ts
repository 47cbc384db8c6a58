/** The port by which the writer and the reader ask for the cache epoch. `CacheEpochKeeper` implements it. */
import type { CoreError } from "../errors.ts";
import type { CacheEpochKnowledge } from "../protocol/cache-epoch-knowledge.ts";
import type { CacheEpochPlan } from "../protocol/cache-epoch-plan.ts";
import type { Now } from "../protocol/elapsed.ts";
import type { TimeOfDay } from "./clock.ts";

export interface CacheEpochAccess {
  readonly plan: CacheEpochPlan;
  /** What this process knows now; null before its first look. */
  readonly known: CacheEpochKnowledge | null;
  /** The present, on the clocks of `known`. */
  now(): Now;
  /** The time of day by which records are too early, current or expired. */
  timeOfDay(): TimeOfDay;
  /** Reads the record. @throws CoreError of the store. */
  look(): Promise<void>;
  wait(ms: number): Promise<void>;
  /** The cache has answered a command. */
  cacheAnswered(): void;
  /**
   * A command of `epoch` came back with `error`: switches the cache off, or begins a new epoch, where it is time
   * to. Resolves when `known` says what holds now. @throws CoreError of the store.
   */
  cacheFailed(error: CoreError, epoch: number): Promise<void>;
}
