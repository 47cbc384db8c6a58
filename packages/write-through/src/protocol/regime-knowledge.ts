/**
 * What one process knows of the regime, and for how long it may rely on it.
 *
 * The lease counts from when the read that brought the record was *sent*: the
 * record was in force at some moment after that, so whoever finds another one
 * and waits one lease outlasts it. A wait counts from when the record was
 * *received*, for the same reason the other way round.
 *
 * Times are elapsed milliseconds that also pass while the process is stopped
 * (the larger of the monotonic and the wall clock's), and are compared at each
 * use: a flag that a timer sets is stale in a process that was stopped.
 */
import { isOlderRegime, isSameRegime, type Regime } from "./regime.ts";
import { regimeRules, type RegimeRules } from "./regime-rules.ts";

export interface RegimeKnowledge {
  readonly regime: Regime;
  /** When the latest read that found this record was sent. */
  readonly sentAtMs: number;
  /** When this record was first received. */
  readonly learnedAtMs: number;
  /** When the wait for the end of older epochs began; null when there is nothing to wait for. */
  readonly waitsFromMs: number | null;
}

/** A read of the record, or a put of it that was applied. */
export interface LearnedRegime {
  readonly regime: Regime;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
}

/** What a process knows once `learned` has come; null before its first record. */
export function learnRegime(
  known: RegimeKnowledge | null,
  learned: LearnedRegime,
  rules: RegimeRules = regimeRules,
): RegimeKnowledge {
  const { regime, sentAtMs, receivedAtMs } = learned;
  // Two reads under way at once may be answered in the other order.
  if (known !== null && isOlderRegime(regime, known.regime)) return known;
  const isKnown = known !== null && isSameRegime(known.regime, regime);
  return {
    regime,
    sentAtMs: isKnown ? Math.max(known.sentAtMs, sentAtMs) : sentAtMs,
    learnedAtMs: isKnown ? known.learnedAtMs : receivedAtMs,
    waitsFromMs: waitsFrom(known, learned, rules),
  };
}

function waitsFrom(known: RegimeKnowledge | null, learned: LearnedRegime, rules: RegimeRules): number | null {
  if (learned.regime.mode === "on") return null;
  if (rules.beginsWait(known?.regime ?? null, learned.regime)) return learned.receivedAtMs;
  return known?.waitsFromMs ?? null;
}
