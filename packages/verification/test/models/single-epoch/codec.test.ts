/** Packing loses nothing that matters: a packed state, unpacked and packed again, is the same. */
import { describe, expect, it } from "vitest";
import { createModel } from "../../../src/models/single-epoch/model.ts";
import { productionProtocol } from "../../../src/models/single-epoch/protocol.ts";
import { at } from "../../../src/engine/at.ts";
import { worlds } from "../../../src/models/single-epoch/worlds.ts";
import { seededRandom } from "@trilane/write-through/testing";

const WALKS = 50;
const STEPS = 60;

describe("the state codec", () => {
  it.each(worlds.map((world) => [world.name, world] as const))("%s: packs exactly", (_, world) => {
    const { context, codec, actions, first } = createModel(world, productionProtocol);
    const random = seededRandom(1);
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
