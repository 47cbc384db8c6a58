import { loadOptions } from "@trilane/batch-loader/options";
import { jobOptions } from "@trilane/job-worker/options";
import type { OptionDeclarations } from "@trilane/lane-kit/options";
import { streamOptions } from "@trilane/stream-consumer/options";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { addLaneOptions, type GivenOptions, laneArguments } from "../src/lane-options.ts";

/** The arguments that the lane's program gets for these arguments of the command. */
function passedOn(declarations: OptionDeclarations, args: readonly string[]): readonly string[] {
  const command = addLaneOptions(new Command().exitOverride(), declarations).argument("[source]");
  command.parse([...args], { from: "user" });
  return laneArguments(declarations, command.opts<GivenOptions>());
}

describe("options of a lane", () => {
  it.each([
    [
      loadOptions,
      ["-g", "routes", "--manifest", "--include", "a/**", "*.csv", "--dead-max", "0.5%"],
      ["--group", "routes", "--include", "a/**", "--include", "*.csv", "--dead-max", "0.5%", "--manifest"],
    ],
    [
      streamOptions,
      ["--group-id", "g", "--topic", "a=b", "c=d", "-t", "e=f"],
      ["--topic", "a=b", "--topic", "c=d", "--topic", "e=f", "--group-id", "g"],
    ],
    [jobOptions, ["--lock-ms", "3000", "--queue", "q"], ["--queue", "q", "--lock-ms", "3000"]],
  ])("are taken by the command and passed on %#", (declarations, args, expected) => {
    expect(passedOn(declarations, args)).toEqual(expected);
  });

  it("are not passed on where they are not given", () => {
    for (const declarations of [loadOptions, streamOptions, jobOptions]) expect(passedOn(declarations, [])).toEqual([]);
  });

  it("that a lane cannot run without are asked for", () => {
    const command = addLaneOptions(new Command().exitOverride(), loadOptions, ["group"]);
    command.configureOutput({ writeErr: () => undefined });
    expect(() => command.parse([], { from: "user" })).toThrow("--group");
  });
});
