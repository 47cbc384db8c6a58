/**
 * Turns the path to a finding into numbered sentences.
 *
 * The path holds canonical states, in which readers are sorted and ids are
 * renamed. The story replays it from the first state without either. At each
 * point it takes the step whose result is canonically the next state, so a
 * reader keeps its letter, and a fence its number, from beginning to end.
 */
import type { SearchContext, SearchSpace } from "./search-space.ts";
import { at } from "./at.ts";

/** @param endsInViolation whether one more step follows the last state: the step to which the monitor objects. */
export function tellStory<Context extends SearchContext>(
  space: SearchSpace<Context>,
  path: readonly Uint32Array[],
  endsInViolation: boolean,
): readonly string[] {
  const { context, codec } = space;
  let freshId = 0;
  const takeFreshId = context.takeFreshId;
  const lines: string[] = [];
  codec.decode(space.first, context.state);
  let now = structuredClone(context.state);
  const take = (isWanted: (after: object) => boolean): void => {
    for (const action of space.actions) {
      const told = attempt(context, action, { from: now, freshId });
      if (told === null || !isWanted(told.after)) continue;
      now = told.after;
      freshId = told.freshId;
      lines.push(told.text);
      return;
    }
    throw new Error(`the path of ${path.length} states cannot be replayed from step ${lines.length}`);
  };
  const words = new Uint32Array(codec.words);
  for (const target of path.slice(1)) {
    take((after) => {
      if (context.violation !== null) return false;
      codec.encode(structuredClone(after), words);
      return words.every((word, index) => word === at(target, index));
    });
  }
  if (endsInViolation) take(() => context.violation !== null);
  context.takeFreshId = takeFreshId;
  context.notes = null;
  return lines;
}

interface Told {
  readonly after: object;
  readonly freshId: number;
  readonly text: string;
}

function attempt<Context extends SearchContext>(
  context: Context,
  action: (context: Context) => boolean,
  start: { readonly from: object; readonly freshId: number },
): Told | null {
  let { freshId } = start;
  context.takeFreshId = () => ++freshId;
  context.violation = null;
  const notes: string[] = [];
  context.notes = notes;
  Object.assign(context.state, structuredClone(start.from));
  if (!action(context)) return null;
  return { after: structuredClone(context.state), freshId, text: notes.join("; ") };
}
