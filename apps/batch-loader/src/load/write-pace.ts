/**
 * Holds a load to a number of writes per second, so that it leaves the store
 * and the cache to others. All units of a load share one pace.
 *
 * Changes go in pieces of at most a second's writes, and after each piece the
 * load rests for as long as the writes of the piece may take. Only records
 * that reached the store count, not those that lost before.
 */
import type { Clock, Receipt } from "@trilane/write-through";

export interface WritePaceOptions {
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  /** Null: as fast as it goes. */
  readonly writesPerSecond: number | null;
}

const MS_PER_SECOND = 1_000;
/** A piece is never smaller, since a call of few records costs as much as a call of many. */
const PIECE_MIN = 25;

export class WritePace {
  readonly #options: WritePaceOptions;
  /** When the writes so far would be over at the pace. */
  #freeAtMs = 0;

  constructor(options: WritePaceOptions) {
    this.#options = options;
  }

  /** The number of changes that may go at once; null: any. */
  get writesMax(): number | null {
    const { writesPerSecond } = this.#options;
    return writesPerSecond === null ? null : Math.max(PIECE_MIN, Math.floor(writesPerSecond));
  }

  /** Resolves when further changes may go, or when the signal has fired. */
  async rest(receipts: readonly Receipt[], signal: AbortSignal): Promise<void> {
    const { clock, writesPerSecond } = this.#options;
    if (writesPerSecond === null) return;
    const writes = receipts.filter(({ status }) => status === "applied" || status === "duplicate").length;
    const nowMs = clock.monotonicMs();
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (writes / writesPerSecond) * MS_PER_SECOND;
    const waitMs = this.#freeAtMs - nowMs;
    if (waitMs >= 1 && !signal.aborted) await clock.sleep(waitMs, signal);
  }
}
