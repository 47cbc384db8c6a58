/** Long work in turns: a process has heartbeats, locks and leases to renew meanwhile. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds, about, after which others have their turn. */
const TURN_MS = 10;

export class Turn {
  #beganMs = performance.now();

  /** Lets others go on, if this one has taken long enough. */
  async give(): Promise<void> {
    if (performance.now() - this.#beganMs < TURN_MS) return;
    await nextTurn();
    this.#beganMs = performance.now();
  }
}
