import { describe, it } from "vitest";
import { createCacheEpochModel } from "../../../src/models/epochs/model.ts";
import { productionCacheEpochs } from "../../../src/models/epochs/protocol.ts";
import { cacheEpochWorlds } from "../../../src/models/epochs/worlds.ts";
import { expectExactPacking } from "../packs-exactly.ts";

const STEPS = 80;

describe("the codec of cache epochs", () => {
  it.each(cacheEpochWorlds.map((world) => [world.name, world] as const))("%s: packs exactly", (_, world) => {
    expectExactPacking(createCacheEpochModel(world, productionCacheEpochs), STEPS);
  });
});
