/** The actions of a space of states, and the sentences that describe them. */
import type { SearchContext } from "./search-space.ts";

/** A step that may be possible. It returns false when it is not possible, and then it has changed nothing. */
export type Action<Context extends SearchContext> = (context: Context) => boolean;

/** The same action for each item. */
export function forEachOf<Context extends SearchContext, Item>(
  items: readonly Item[],
  act: (context: Context, item: Item) => boolean,
): readonly Action<Context>[] {
  return items.map(
    (item): Action<Context> =>
      (context) =>
        act(context, item),
  );
}

/** 0, 1, … below the count. */
export function numbersBelow(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}

/** Adds a sentence to the story of the step. The text is made only where a story is told. */
export function note(context: SearchContext, text: () => string): void {
  context.notes?.push(text());
}
