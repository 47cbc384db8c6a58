/** Packing loses nothing that matters: a packed state, unpacked and packed again, is the same. */
import { describe, expect, it } from "vitest";
import { createModel } from "../../src/explorer/model.ts";
import { productionProtocol } from "../../src/explorer/protocol-under-test.ts";
import { at } from "../../src/explorer/values.ts";
import { worlds } from "../../src/explorer/worlds.ts";
import { createRandom } from "../../src/history/random-history.ts";

const WALKS = 50;
const STEPS = 60;

describe("the state codec", () => {
  it.each(worlds.map((world) => [world.name, world] as const))("%s: packs exactly", (_, world) => {
    const { context, codec, actions, first } = createModel(world, productionProtocol);
    const random = createRandom(1);
    const words = new Uint32Array(codec.words);
    const again = new Uint32Array(codec.words);
    for (let walk = 0; walk < WALKS; walk++) {
      words.set(first);
      for (let step = 0; step < STEPS; step++) {
        codec.decode(words, context.state);
        if (!at(actions, Math.floor(random() * actions.length))(context)) continue;
        codec.encode(context.state, words);
        codec.decode(words, context.state);
        codec.encode(context.state, again);
        expect(again).toEqual(words);
      }
    }
  });
});
