import { describe, expect, it } from "vitest";
import { createProgram } from "../src/create-program.ts";

function flagsOf(...args: readonly string[]): object {
  const program = createProgram().configureOutput({ writeErr: () => undefined });
  return program.parse(args, { from: "user" }).opts();
}

describe("the demo's command line", () => {
  it("takes a small demo in which a lane is killed, and one in which a server goes away", () => {
    expect(flagsOf("--rows", "60000", "--seed", "7", "--kill", "batch")).toEqual({
      rows: 60_000,
      seed: 7,
      kill: "batch",
    });
    expect(flagsOf("--outage", "store", "--outage-seconds", "5", "--json")).toEqual({
      outage: "store",
      outageSeconds: 5,
      json: true,
    });
  });

  it.each([
    [["--rows", "many"], "commander.invalidArgument"],
    [["--kill", "api"], "commander.invalidArgument"],
    [["--outage", "kafka"], "commander.invalidArgument"],
    [["more"], "commander.excessArguments"],
  ])("refuses %j", (args, code) => {
    expect(() => flagsOf(...args)).toThrow(expect.objectContaining({ code }));
  });
});
