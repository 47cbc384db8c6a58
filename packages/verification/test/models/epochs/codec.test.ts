import { describe, it } from "vitest";
import { createModel } from "../../../src/models/epochs/model.ts";
import { productionProtocol } from "../../../src/models/epochs/protocol.ts";
import { worlds } from "../../../src/models/epochs/worlds.ts";
import { expectExactPacking } from "../packs-exactly.ts";

const STEPS = 80;

describe("the codec of cache epochs", () => {
  it.each(worlds.map((world) => [world.name, world] as const))("%s: packs exactly", (_, world) => {
    expectExactPacking(createModel(world, productionProtocol), STEPS);
  });
});
