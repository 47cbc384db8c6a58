import { describe, it } from "vitest";
import { createModel } from "../../../src/models/erasure/model.ts";
import { productionProtocol } from "../../../src/models/erasure/protocol.ts";
import { worlds } from "../../../src/models/erasure/worlds.ts";
import { expectExactPacking } from "../packs-exactly.ts";

const STEPS = 80;

describe("the codec of erasures", () => {
  it.each(worlds.map((world) => [world.name, world] as const))("%s: packs exactly", (_, world) => {
    expectExactPacking(createModel(world, productionProtocol), STEPS);
  });
});
