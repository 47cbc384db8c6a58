/** Every bug in the Lua scripts is caught, and nothing is caught in the right ones. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { luaMutants } from "../../src/lua-mutants/lua-mutants.ts";
import { catchLuaMutant } from "../../src/lua-mutants/run-lua-mutants.ts";
import { ServerBench } from "../../src/lua-mutants/server-bench.ts";

/** Fewer sequences than the command runs: of this seed, enough for each bug that sequences can show. */
const OPTIONS = { sequences: 64, seed: 7 };

describe("the checks of the Lua scripts, on a real server", () => {
  let bench: ServerBench;

  beforeAll(async () => {
    bench = await ServerBench.start("redis");
  });
  afterAll(async () => {
    await bench.stop();
  });

  it("find nothing in the right scripts", async () => {
    expect(await catchLuaMutant(bench, null, OPTIONS)).toBe(null);
  });

  for (const mutant of luaMutants) {
    it(`catch ${mutant.script}: ${mutant.name}`, async () => {
      expect(await catchLuaMutant(bench, mutant, OPTIONS)).not.toBe(null);
    });
  }
});
