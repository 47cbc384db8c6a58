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

const waiting: (() => void)[] = [];

/** Resolves in a turn of the event loop that no other caller has. */
function nextTurn(): Promise<void> {
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

/** `items.map(map)`, in order, but the event loop turns every ten milliseconds. */
export async function mapInTurns<Item, Result>(
  items: readonly Item[],
  map: (item: Item, index: number) => Result,
  monotonicMs: () => number = () => performance.now(),
): Promise<Result[]> {
  const results: Result[] = [];
  if (items.length > SHORT_LENGTH_MAX) await nextTurn();
  let turnBeganMs = monotonicMs();
  for (let index = 0; index < items.length; index += 1) {
    if (monotonicMs() - turnBeganMs >= TURN_MS) {
      await nextTurn();
      turnBeganMs = monotonicMs();
    }
    results.push(map(items[index] as Item, index));
  }
  return results;
}
