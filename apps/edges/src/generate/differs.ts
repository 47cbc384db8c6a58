/** Reports where a result differs from the right one. */
import { isDeepStrictEqual, inspect } from "node:util";

const SHOWN_DEPTH = 6;
const SHOWN_CHARACTERS_MAX = 1_500;

/** @throws Error with both, where they are not equal */
export function mustEqual(what: string, found: unknown, right: unknown): void {
  if (isDeepStrictEqual(found, right)) return;
  throw new Error(`${what} differ:\n  found ${shown(found)}\n  right ${shown(right)}`);
}

function shown(value: unknown): string {
  return inspect(value, { depth: SHOWN_DEPTH, breakLength: Infinity }).slice(0, SHOWN_CHARACTERS_MAX);
}
