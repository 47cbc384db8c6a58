/**
 * Splits long work into turns, because a process has heartbeats, locks and
 * leases to renew meanwhile.
 */
import { setImmediate as nextTurn } from "node:timers/promises";

/** After about so many milliseconds other work gets its turn. */
const TURN_MS = 10;

export class Turn {
  #beganMs = performance.now();

  /** Lets other work go on, if this work has taken long enough. */
  async give(): Promise<void> {
    if (performance.now() - this.#beganMs < TURN_MS) return;
    await nextTurn();
    this.#beganMs = performance.now();
  }
}
