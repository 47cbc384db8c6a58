/** Every bug in the Lua scripts is caught, and the right scripts pass every check. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { luaMutants } from "../../src/lua-mutants/lua-mutants.ts";
import { catchLuaMutant } from "../../src/lua-mutants/run-lua-mutants.ts";
import { ServerUnderTest } from "../../src/lua-mutants/server-under-test.ts";

/**
 * These are fewer sequences than the command runs. With this seed they are enough for each bug that sequences can show.
 */
const OPTIONS = { sequences: 64, seed: 7 };

describe("the checks of the Lua scripts, on a real server", () => {
  let underTest: ServerUnderTest;

  beforeAll(async () => {
    underTest = await ServerUnderTest.start("redis");
  });
  afterAll(async () => {
    await underTest.stop();
  });

  it("find nothing in the right scripts", async () => {
    expect(await catchLuaMutant(underTest, null, OPTIONS)).toBe(null);
  });

  for (const mutant of luaMutants) {
    it(`catch ${mutant.script}: ${mutant.name}`, async () => {
      expect(await catchLuaMutant(underTest, mutant, OPTIONS)).not.toBe(null);
    });
  }
});
