/**
 * Splits long work on the processor into turns. A long list must not keep the
 * process from its heartbeats, its lease on the cache's epoch, and other
 * callers. Several long lists share the turns: the event loop looks for input
 * between any two of them.
 */

/** After about so many milliseconds other work gets its turn. */
const TURN_MS = 10;
/** A shorter list begins at once. */
const SHORT_LENGTH_MAX = 1_000;
/** Steps between two looks at the clock, where each takes about a microsecond. */
const SMALL_STEPS = 128;

const waiting: (() => void)[] = [];

/** Resolves in a turn of the event loop that no other caller has. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(giveTurn);
  });
}

/** An immediate that is asked for within another one comes with the next turn of the event loop. */
function giveTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(giveTurn);
}

export type MonotonicMs = () => number;

const performanceMs: MonotonicMs = () => performance.now();

/** The turn of work that cannot say beforehand how long it is; ask it now and then, and wait where it is over. */
export class Turn {
  readonly #monotonicMs: MonotonicMs;
  #beganMs: number;

  constructor(monotonicMs: MonotonicMs = performanceMs) {
    this.#monotonicMs = monotonicMs;
    this.#beganMs = monotonicMs();
  }

  get isOver(): boolean {
    return this.#monotonicMs() - this.#beganMs >= TURN_MS;
  }

  async next(): Promise<void> {
    await nextTurn();
    this.#beganMs = this.#monotonicMs();
  }
}

/** Calls `visit` for each item, in order, but the event loop turns every ten milliseconds. */
export async function inTurns<Item>(
  items: readonly Item[],
  visit: (item: Item, index: number) => void,
  monotonicMs: MonotonicMs = performanceMs,
): Promise<void> {
  if (items.length > SHORT_LENGTH_MAX) await nextTurn();
  const turn = new Turn(monotonicMs);
  for (let index = 0; index < items.length; index += 1) {
    if (turn.isOver) await turn.next();
    visit(items[index] as Item, index);
  }
}

/** `items.map(map)` in the same way. */
export async function mapInTurns<Item, Result>(
  items: readonly Item[],
  map: (item: Item, index: number) => Result,
  monotonicMs: MonotonicMs = performanceMs,
): Promise<Result[]> {
  const results: Result[] = [];
  await inTurns(items, (item, index) => void results.push(map(item, index)), monotonicMs);
  return results;
}

/** Calls `step` for each index below `count`, for steps of about a microsecond; the event loop turns as often. */
export async function smallStepsInTurns(
  count: number,
  step: (index: number) => void,
  monotonicMs: MonotonicMs = performanceMs,
): Promise<void> {
  const turn = new Turn(monotonicMs);
  for (let from = 0; from < count; from += SMALL_STEPS) {
    if (turn.isOver) await turn.next();
    const to = Math.min(count, from + SMALL_STEPS);
    for (let index = from; index < to; index += 1) step(index);
  }
}
