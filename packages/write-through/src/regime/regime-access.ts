/** What the writer and the reader ask of the regime, and how they take its decisions. */
import { CoreError } from "../errors.ts";
import type { TimeOfDay } from "../ports/clock.ts";
import type { Now } from "../protocol/elapsed.ts";
import type { RegimeKnowledge } from "../protocol/regime-knowledge.ts";
import type { LookStep, RegimePlan, WaitStep } from "../protocol/regime-plan.ts";

export interface RegimeAccess {
  readonly plan: RegimePlan;
  /** What this process knows now; null before its first look. */
  readonly known: RegimeKnowledge | null;
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

/** Looks and waits of one decision; more means that the regime changes faster than anything can be done. */
export const STEPS_MAX = 20;

type Settled<Decision extends { readonly next: string }> = Exclude<Decision, LookStep | WaitStep>;

/**
 * Looks and waits until the decision is to do something. What it returns holds only together with the
 * step that follows at once: nothing may be awaited in between.
 * @throws CoreError of the store; REGIME_UNSETTLED
 */
export async function decide<Decision extends { readonly next: string }>(
  regime: RegimeAccess,
  take: (known: RegimeKnowledge, now: Now) => Decision | LookStep | WaitStep,
): Promise<Settled<Decision>> {
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const { known } = regime;
    const decision = known === null ? ({ next: "look" } as const) : take(known, regime.now());
    if (decision.next === "look") await regime.look();
    else if (decision.next === "wait") await regime.wait((decision as WaitStep).ms);
    else return decision as Settled<Decision>;
  }
  throw new CoreError("REGIME_UNSETTLED", "the cache's regime changes again and again; the call was given up");
}
