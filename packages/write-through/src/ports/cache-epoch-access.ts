/** The port by which the writer and the reader ask for the cache epoch. `CacheEpochKeeper` implements it. */
import type { CoreError } from "../errors.ts";
import type { CacheEpochKnowledge } from "../protocol/cache-epoch-knowledge.ts";
import type { CacheEpochPlan } from "../protocol/cache-epoch-plan.ts";
import type { Now } from "../protocol/elapsed.ts";
import type { TimeOfDay } from "./clock.ts";
import type { ErasureKnowledge } from "./erasures.ts";

export interface CacheEpochAccess {
  readonly plan: CacheEpochPlan;
  /** The present knowledge of this process; null before its first look at the record. */
  readonly known: CacheEpochKnowledge | null;
  /** The knowledge of this process about the list of erasures. It is renewed together with `known`. */
  readonly erasures: ErasureKnowledge;
  /** The present moment, on the clocks of `known`. */
  now(): Now;
  /** The time of day that decides whether a record is too early, current or expired. */
  timeOfDay(): TimeOfDay;
  /** Reads the record. @throws CoreError of the store. */
  look(): Promise<void>;
  wait(ms: number): Promise<void>;
  /** Reports that the cache has answered a command. */
  cacheAnswered(): void;
  /**
   * Reports that a command of `epoch` came back with `error`. Where it is time to, this switches the cache off or
   * begins a new epoch. Resolves when `known` says what holds now. @throws CoreError of the store.
   */
  cacheFailed(error: CoreError, epoch: number): Promise<void>;
}
