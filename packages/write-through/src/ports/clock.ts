/** Time, randomness and ids, so that a run can be replayed. */

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Milliseconds of a clock that never goes backwards; only differences mean anything. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `callback` after `ms`, or as soon as pending work of this turn is done for 0. Returns a cancel function. */
  schedule(ms: number, callback: () => void): () => void;
}

/** A source of randomness: each call a number in [0, 1). */
export type Random = () => number;

/** Each call a 16-character id of `[0-9a-z]`, unique among all processes. */
export type NextId = () => string;
