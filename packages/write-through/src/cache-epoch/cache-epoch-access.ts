/** What the writer and the reader ask of the cache epoch, and how they take its decisions. */
import { CoreError } from "../errors.ts";
import type { TimeOfDay } from "../ports/clock.ts";
import type { Now } from "../protocol/elapsed.ts";
import type { CacheEpochKnowledge } from "../protocol/cache-epoch-knowledge.ts";
import type { LookStep, CacheEpochPlan, WaitStep } from "../protocol/cache-epoch-plan.ts";

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

/** Looks and waits of one decision; more means that the cache epoch changes faster than anything can be done. */
export const STEPS_MAX = 20;

type Settled<Decision extends { readonly next: string }> = Exclude<Decision, LookStep | WaitStep>;

/**
 * Looks and waits until the decision is to do something. What it returns holds only together with the
 * step that follows at once: nothing may be awaited in between.
 * @throws CoreError of the store; CACHE_EPOCH_UNSETTLED
 */
export async function decide<Decision extends { readonly next: string }>(
  cacheEpoch: CacheEpochAccess,
  take: (known: CacheEpochKnowledge, now: Now) => Decision | LookStep | WaitStep,
): Promise<Settled<Decision>> {
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const { known } = cacheEpoch;
    const decision = known === null ? ({ next: "look" } as const) : take(known, cacheEpoch.now());
    if (decision.next === "look") await cacheEpoch.look();
    else if (decision.next === "wait") await cacheEpoch.wait((decision as WaitStep).ms);
    else return decision as Settled<Decision>;
  }
  throw new CoreError("CACHE_EPOCH_UNSETTLED", "the cache's epoch changes again and again; the call was given up");
}
