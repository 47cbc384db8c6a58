/**
 * A process of the simulation. Replies and timers reach it only through
 * `deliver`. A paused process gets them when it goes on. A dead process never
 * gets them, so its code stops between two steps for good.
 */
import type { Clock } from "@trilane/write-through";
import type { EventQueue } from "./event-queue.ts";
import { type ClockTraits, MachineClocks } from "./machine-clocks.ts";
import { ProcessClock } from "./process-clock.ts";

export type Source = "reply" | "timer";

interface Arrival {
  readonly source: Source;
  readonly run: () => void;
}

export class SimulatedProcess {
  readonly number: number;
  /** The clocks of the machine, which the process does not share. */
  readonly clocks: MachineClocks;
  readonly clock: Clock;
  /** A clock for work that nobody waits for. */
  readonly background: Pick<Clock, "sleep">;
  /** After a pause: whether timers that became due meanwhile are seen before replies that came meanwhile. */
  seesTimersFirst = false;
  /** Until then the process does not reach the store. */
  cutOffFromStoreUntilUs = 0;
  #state: "running" | "paused" | "dead" = "running";
  #inbox: Arrival[] = [];

  constructor(number: number, queue: EventQueue, traits: ClockTraits) {
    this.number = number;
    this.clocks = new MachineClocks(queue, traits);
    const shared = { queue, clocks: this.clocks, deliver: (run: () => void) => this.deliver("timer", run) };
    this.clock = new ProcessClock({ ...shared, isBackground: false });
    this.background = new ProcessClock({ ...shared, isBackground: true });
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

  /** Returns the number of arrivals that had waited. */
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
}
