/** Time, randomness and ids are ports, so that a run can be replayed. */
import type { CoreError } from "../errors.ts";

export interface Clock {
  /** Milliseconds since 1970 on this machine's clock, which may be set, and may be wrong. */
  nowMs(): number;
  /** Milliseconds of a clock that never goes backwards. Only differences have a meaning. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `callback` after `ms`; for 0, at the end of this turn of the event loop. Returns a cancel function. */
  schedule(ms: number, callback: () => void): () => void;
}

/** Milliseconds since 1970, confirmed by a server; or why there is no such time now. */
export type TimeOfDay =
  | { readonly kind: "confirmed"; readonly nowMs: number }
  | { readonly kind: "unconfirmed"; readonly error: CoreError };

/** A source of randomness: each call returns a number in [0, 1). */
export type Random = () => number;

/** Each call returns a 16-character id of `[0-9a-z]`, unique among all processes. */
export type NextId = () => string;
