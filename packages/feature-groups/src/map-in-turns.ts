/**
 * Splits long work on the processor into turns. A long list must not keep the
 * process from its heartbeats, its lease on the cache's epoch, and other
 * callers.
 */
import { setImmediate as nextTurn } from "node:timers/promises";

/** After about so many milliseconds other work gets its turn. */
const TURN_MS = 10;

/** `items.map(map)`, in order, but the event loop turns every ten milliseconds. */
export async function mapInTurns<Item, Result>(
  items: readonly Item[],
  map: (item: Item, index: number) => Result,
  monotonicMs: () => number = () => performance.now(),
): Promise<Result[]> {
  const results: Result[] = [];
  let turnBeganMs = monotonicMs();
  for (const [index, item] of items.entries()) {
    if (monotonicMs() - turnBeganMs >= TURN_MS) {
      await nextTurn();
      turnBeganMs = monotonicMs();
    }
    results.push(map(item, index));
  }
  return results;
}
