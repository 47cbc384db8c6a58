/**
 * A process of the simulation. Whatever reaches it from outside, a reply or a
 * timer, comes through `deliver`: a paused process gets it when it goes on, a
 * dead one never, so that its code stops between two steps for good.
 */
import type { Clock } from "@trilane/write-through";
import type { EventQueue } from "./event-queue.ts";

/** Midnight of 2026 in UTC: where virtual time begins. */
const ORIGIN_MS = Date.UTC(2026, 0, 1);

export type Source = "reply" | "timer";

interface Arrival {
  readonly source: Source;
  readonly run: () => void;
}

export class SimulatedProcess {
  readonly number: number;
  readonly clock: Clock;
  /** For the work that nobody waits for. */
  readonly background: Pick<Clock, "sleep">;
  /** Whether, after a pause, what timed out meanwhile is seen before the replies that came meanwhile. */
  seesTimersFirst = false;
  #state: "running" | "paused" | "dead" = "running";
  #inbox: Arrival[] = [];

  /** @param skewMs how far its wall clock is ahead. */
  constructor(number: number, queue: EventQueue, skewMs: number) {
    this.number = number;
    this.clock = new ProcessClock(this, queue, skewMs);
    this.background = { sleep: (ms, signal) => this.#sleepInBackground(queue, ms, signal) };
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  get isDead(): boolean {
    return this.#state === "dead";
  }

  deliver(source: Source, run: () => void): void {
    if (this.#state === "running") run();
    else if (this.#state === "paused") this.#inbox.push({ source, run });
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  /** Returns how many arrivals had waited. */
  resume(): number {
    if (this.#state !== "paused") return 0;
    this.#state = "running";
    const inbox = this.#inbox;
    this.#inbox = [];
    const first = this.seesTimersFirst ? "timer" : "reply";
    for (const { source, run } of inbox) if (source === first) run();
    for (const { source, run } of inbox) if (source !== first) run();
    return inbox.length;
  }

  kill(): void {
    this.#state = "dead";
    this.#inbox = [];
  }

  #sleepInBackground(queue: EventQueue, ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      queue.inBackground(ms * 1_000, () => this.deliver("timer", resolve));
      signal?.addEventListener("abort", () => reject(new Error("aborted", { cause: signal.reason })), { once: true });
    });
  }
}

class ProcessClock implements Clock {
  readonly #process: SimulatedProcess;
  readonly #queue: EventQueue;
  readonly #originMs: number;

  constructor(process: SimulatedProcess, queue: EventQueue, skewMs: number) {
    this.#process = process;
    this.#queue = queue;
    this.#originMs = ORIGIN_MS + skewMs;
  }

  nowMs(): number {
    return this.#originMs + Math.floor(this.#queue.nowUs / 1_000);
  }

  monotonicMs(): number {
    return this.#queue.nowUs / 1_000;
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
    let isCancelled = false;
    const run = (): void => {
      if (!isCancelled) callback();
    };
    const deliver = (): void => this.#process.deliver("timer", run);
    const cancel = ms > 0 ? this.#queue.after(ms * 1_000, deliver) : this.#queue.atTurnEnd(deliver);
    return () => {
      isCancelled = true;
      cancel?.();
    };
  }
}

/** The time of the servers: virtual time itself. */
export class ServerClock implements Clock {
  readonly #queue: EventQueue;

  constructor(queue: EventQueue) {
    this.#queue = queue;
  }

  nowMs(): number {
    return ORIGIN_MS + Math.floor(this.#queue.nowUs / 1_000);
  }

  monotonicMs(): number {
    return this.#queue.nowUs / 1_000;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.schedule(ms, resolve));
  }

  schedule(ms: number, callback: () => void): () => void {
    return this.#queue.after(ms * 1_000, callback);
  }
}
