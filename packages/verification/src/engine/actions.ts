/** What can happen in a space of states, and the sentences that tell of it. */
import type { SearchContext } from "./search-space.ts";

/** A step that may be possible: false when it is not, and then nothing was changed. */
export type Action<Context extends SearchContext> = (context: Context) => boolean;

/** The same action for each of several things. */
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

/** Tells the story of the step; the text is only made where somebody listens. */
export function note(context: SearchContext, text: () => string): void {
  context.notes?.push(text());
}
