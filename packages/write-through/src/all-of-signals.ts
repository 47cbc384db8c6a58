/** One signal for work that several callers share: it may end early only where none of them wants it any more. */
import { itemAt } from "./by-position.ts";

export interface AllOf {
  /** Fires when all have fired. */
  readonly signal: AbortSignal;
  /** To call at the end: a signal that is made of others lives for ever while somebody listens to it. */
  letGo(): void;
}

/** `signals`: at least one; without any, the signal never fires. */
export function allOf(signals: readonly AbortSignal[]): AllOf {
  if (signals.length === 1) return { signal: itemAt(signals, 0), letGo: () => undefined };
  const all = new AbortController();
  let left = signals.length;
  const fired = (): void => {
    left -= 1;
    if (left === 0) all.abort(itemAt(signals, 0).reason);
  };
  for (const signal of signals) {
    if (signal.aborted) fired();
    else signal.addEventListener("abort", fired);
  }
  return {
    signal: all.signal,
    letGo() {
      for (const signal of signals) signal.removeEventListener("abort", fired);
    },
  };
}
