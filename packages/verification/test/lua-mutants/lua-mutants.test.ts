import { scriptText } from "@trilane/write-through/valkey";
import { describe, expect, it } from "vitest";
import { mutatedTexts } from "../../src/lua-mutants/lua-mutant.ts";
import { luaMutants } from "../../src/lua-mutants/lua-mutants.ts";

describe("the bugs for the Lua scripts", () => {
  it("each change the scripts that they are of, and no other", () => {
    for (const mutant of luaMutants) {
      const mutated = mutatedTexts(mutant);
      expect(mutated.size).toBe(mutant.script === "common" ? 10 : 1);
      for (const [text, changed] of mutated) expect(changed, mutant.name).not.toBe(text);
    }
  });

  it("are at least two for each script and for what they share", () => {
    for (const script of [
      "common",
      "fence",
      "publish",
      "raise",
      "lease",
      "fill",
      "check",
      "begin",
      "probe",
      "heal",
      "collect",
    ]) {
      expect(luaMutants.filter((mutant) => mutant.script === script).length, script).toBeGreaterThanOrEqual(2);
    }
  });

  it("are refused where the text that they replace is missing or stands more than once", () => {
    const mutant = { name: "stray", script: "fill", instead: "" } as const;
    expect(() => mutatedTexts({ ...mutant, text: "no such line" })).toThrow(RangeError);
    expect(() => mutatedTexts({ ...mutant, text: "redis.call" })).toThrow(RangeError);
    expect(mutatedTexts({ ...mutant, text: "return #KEYS - 1" }).get(scriptText("fill"))).not.toContain(
      "return #KEYS - 1",
    );
  });
});
