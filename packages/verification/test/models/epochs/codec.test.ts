/** Packing loses nothing that matters: a packed state, unpacked and packed again, is the same. */
import { describe, expect, it } from "vitest";
import { at } from "../../../src/engine/at.ts";
import { seededRandom } from "@trilane/write-through/testing";
import { createCacheEpochModel } from "../../../src/models/epochs/model.ts";
import { productionCacheEpochs } from "../../../src/models/epochs/protocol.ts";
import { cacheEpochWorlds } from "../../../src/models/epochs/worlds.ts";

const WALKS = 50;
const STEPS = 80;

describe("the codec of cache epochs", () => {
  it.each(cacheEpochWorlds.map((world) => [world.name, world] as const))("%s: packs exactly", (_, world) => {
    const { context, codec, actions, first } = createCacheEpochModel(world, productionCacheEpochs);
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
