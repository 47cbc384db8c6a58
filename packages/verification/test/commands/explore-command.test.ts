import { describe, expect, it } from "vitest";
import { exploreCommand } from "../../src/commands/explore-command.ts";

function run(world: string, json: boolean): { code: number; output: string } {
  const lines: string[] = [];
  const output = { out: (text: string) => lines.push(text), progress: () => undefined };
  const code = exploreCommand({ world: [world], quick: false, mutants: false, json }, output);
  return { code, output: lines.join("\n") };
}

describe("explore", () => {
  it("prints the table and the bounds of the claim", () => {
    const { code, output } = run("writers-only", false);
    expect(code).toBe(0);
    expect(output).toContain("No violation found within these bounds: 1 worlds, 137 states.");
  });

  it("prints the story of a documented residual, which is no failure", () => {
    const { code, output } = run("residual-abandoned-write", false);
    expect(code).toBe(0);
    expect(output).toContain("   1. writer 1: FENCE(1)");
  });

  it("prints JSON", () => {
    const { output } = run("writers-only", true);
    expect(JSON.parse(output)).toMatchObject([{ world: "writers-only", states: 137, isExpected: true }]);
  });

  it("refuses a world that does not exist", () => {
    expect(() => run("nowhere", false)).toThrow(RangeError);
  });
});
