/**
 * Packing loses nothing that matters: a packed state that is unpacked and
 * packed again is the same.
 */
import { seededRandom } from "@trilane/write-through/testing";
import { expect } from "vitest";
import { at } from "../../src/engine/at.ts";
import type { SearchContext, SearchSpace } from "../../src/engine/search-space.ts";

const WALKS = 50;
const SEED = 1;

/** Random walks through the space from its first state. */
export function expectExactPacking<Context extends SearchContext>(space: SearchSpace<Context>, steps: number): void {
  const { context, codec, actions, first } = space;
  const random = seededRandom(SEED);
  const words = new Uint32Array(codec.words);
  const again = new Uint32Array(codec.words);
  for (let walk = 0; walk < WALKS; walk++) {
    words.set(first);
    for (let step = 0; step < steps; step++) {
      codec.decode(words, context.state);
      if (!at(actions, Math.floor(random() * actions.length))(context)) continue;
      codec.encode(context.state, words);
      codec.decode(words, context.state);
      codec.encode(context.state, again);
      expect(again, `seed ${SEED}, walk ${walk}, step ${step}`).toEqual(words);
    }
  }
}
