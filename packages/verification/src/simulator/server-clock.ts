/**
 * The clock of a server: it is within a second of real time, and no faster or
 * slower than a machine's clock may be.
 */
import type { Clock } from "@trilane/write-through";
import type { EventQueue } from "./event-queue.ts";
import { realMs } from "./machine-clocks.ts";

const US_PER_MS = 1_000;

export class ServerClock implements Clock {
  readonly #queue: EventQueue;
  readonly #skewMs: number;
  readonly #rate: number;

  constructor(queue: EventQueue, { skewMs, rate }: { readonly skewMs: number; readonly rate: number }) {
    this.#queue = queue;
    this.#skewMs = skewMs;
    this.#rate = rate;
  }

  nowMs(): number {
    return realMs(this.#queue) + Math.floor(this.#skewMs + this.#gainedMs());
  }

  monotonicMs(): number {
    return this.#queue.nowUs / US_PER_MS + this.#gainedMs();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.schedule(ms, resolve));
  }

  schedule(ms: number, callback: () => void): () => void {
    return this.#queue.after((ms * US_PER_MS) / this.#rate, callback);
  }

  #gainedMs(): number {
    return (this.#queue.nowUs / US_PER_MS) * (this.#rate - 1);
  }
}
