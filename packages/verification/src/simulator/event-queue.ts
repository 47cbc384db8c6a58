/**
 * The scheduler of a simulation: events at virtual times, one after the other.
 * Nothing else moves time.
 *
 * An event runs, and then every promise that it settled, until none is left;
 * only then the next event comes. Events of the same time run in the order in
 * which they were scheduled. So a run depends only on what is scheduled.
 */
interface ScheduledEvent {
  readonly atUs: number;
  readonly order: number;
  /** Null once it is cancelled, and time does not stop for it. */
  run: (() => void) | null;
  /** Nobody waits for it, so a run may be over before it comes. */
  readonly isBackground: boolean;
}

export class EventQueue {
  #nowUs = 0;
  #order = 0;
  #ran = 0;
  /** The number of events to come that somebody waits for, including cancelled ones. */
  #foreground = 0;
  readonly #heap: ScheduledEvent[] = [];
  #turnEnd: (() => void)[] = [];

  /** Virtual microseconds since the simulation began. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** How many events have run. */
  get ran(): number {
    return this.#ran;
  }

  /** Returns a function that cancels the event. */
  at(atUs: number, run: () => void, isBackground = false): () => void {
    const order = this.#order++;
    const event: ScheduledEvent = { atUs: Math.max(this.#nowUs, Math.round(atUs)), order, run, isBackground };
    push(this.#heap, event);
    if (!isBackground) this.#foreground++;
    return () => {
      event.run = null;
    };
  }

  after(delayUs: number, run: () => void): () => void {
    return this.at(this.#nowUs + delayUs, run);
  }

  /** Like `after`, for events that nobody waits for: they do not keep a run from ending. */
  inBackground(delayUs: number, run: () => void): () => void {
    return this.at(this.#nowUs + delayUs, run, true);
  }

  /** Runs when the promises of the event under way have settled, before time moves. */
  atTurnEnd(run: () => void): void {
    this.#turnEnd.push(run);
  }

  /**
   * Runs what is scheduled, and what that schedules in turn, until only background is left. False when more than
   * `eventsMax` events were needed.
   */
  async run(eventsMax: number): Promise<boolean> {
    await this.#settle();
    for (let count = 0; count < eventsMax; count++) {
      const event = this.#next();
      if (event === null) return true;
      this.#nowUs = event.atUs;
      this.#ran++;
      event.run?.();
      await this.#settle();
    }
    return false;
  }

  #next(): ScheduledEvent | null {
    while (this.#foreground > 0) {
      const event = pop(this.#heap);
      if (event === undefined) return null;
      if (!event.isBackground) this.#foreground--;
      if (event.run !== null) return event;
    }
    return null;
  }

  async #settle(): Promise<void> {
    await promisesSettled();
    while (this.#turnEnd.length > 0) {
      const callbacks = this.#turnEnd;
      this.#turnEnd = [];
      for (const run of callbacks) {
        run();
        await promisesSettled();
      }
    }
  }
}

/** Node runs its next tick when the queue of promise jobs is empty, and not before. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}

function push(heap: ScheduledEvent[], event: ScheduledEvent): void {
  let index = heap.length;
  heap.push(event);
  while (index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (parent === undefined || !isBefore(event, parent)) break;
    heap[index] = parent;
    index = parentIndex;
  }
  heap[index] = event;
}

function pop(heap: ScheduledEvent[]): ScheduledEvent | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let childIndex = 2 * index + 1;
    let child = heap[childIndex];
    if (child === undefined) break;
    const right = heap[childIndex + 1];
    if (right !== undefined && isBefore(right, child)) {
      child = right;
      childIndex += 1;
    }
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = last;
  return first;
}
