/**
 * Work on the processor in turns: a long list must not keep the process from
 * its heartbeats, its lease on the cache's epoch, and other callers.
 */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds, about, after which others have their turn. */
const TURN_MS = 10;

/** `items.map(map)`, in order, which lets the event loop go round every ten milliseconds. */
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
