import { describe, it } from "vitest";
import { createModel } from "../../../src/models/single-epoch/model.ts";
import { productionProtocol } from "../../../src/models/single-epoch/protocol.ts";
import { worlds } from "../../../src/models/single-epoch/worlds.ts";
import { expectExactPacking } from "../packs-exactly.ts";

const STEPS = 60;

describe("the codec of a single epoch", () => {
  it.each(worlds.map((world) => [world.name, world] as const))("%s: packs exactly", (_, world) => {
    expectExactPacking(createModel(world, productionProtocol), STEPS);
  });
});
