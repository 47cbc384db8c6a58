/**
 * The clock of one process: its machine's clocks, and timers that run by the
 * monotonic one. If the machine was suspended, a timer has the same time left
 * afterwards as it had before.
 */
import type { Clock } from "@trilane/write-through";
import type { EventQueue } from "./event-queue.ts";
import type { MachineClocks } from "./machine-clocks.ts";

export interface ProcessClockParts {
  readonly queue: EventQueue;
  readonly clocks: MachineClocks;
  /** Runs a timer in the process, as soon as the process can take it. */
  readonly deliver: (run: () => void) => void;
  /** Nobody waits for its timers. */
  readonly isBackground: boolean;
}

/** Events are at whole microseconds. */
const ROUNDING_MS = 0.002;

export class ProcessClock implements Clock {
  readonly #parts: ProcessClockParts;

  constructor(parts: ProcessClockParts) {
    this.#parts = parts;
  }

  nowMs(): number {
    return this.#parts.clocks.wallMs();
  }

  monotonicMs(): number {
    return this.#parts.clocks.monotonicMs();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(new Error("aborted", { cause: signal.reason }));
        return;
      }
      const abort = (): void => {
        cancel();
        reject(new Error("aborted", { cause: signal?.reason }));
      };
      const cancel = this.schedule(ms, () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  schedule(ms: number, callback: () => void): () => void {
    const { queue, deliver } = this.#parts;
    let isCancelled = false;
    const run = (): void => {
      if (!isCancelled) callback();
    };
    if (ms <= 0) {
      queue.atTurnEnd(() => deliver(run));
      return () => {
        isCancelled = true;
      };
    }
    const cancel = this.#arm(this.monotonicMs() + ms, () => deliver(run));
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  /** Calls `run` once the monotonic clock shows `dueMs`. */
  #arm(dueMs: number, run: () => void): () => void {
    const { queue, clocks, isBackground } = this.#parts;
    let cancel = (): void => undefined;
    const look = (): void => {
      const leftMs = dueMs - clocks.monotonicMs();
      if (leftMs <= ROUNDING_MS) run();
      else cancel = queue.at(clocks.usAfter(leftMs), look, isBackground);
    };
    cancel = queue.at(clocks.usAfter(dueMs - clocks.monotonicMs()), look, isBackground);
    return () => cancel();
  }
}
