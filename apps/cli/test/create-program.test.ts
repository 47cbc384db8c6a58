import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "../src/create-program.ts";

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** The help with all that `--help` adds to it. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe("the command line", () => {
  it("has the promised commands", () => {
    const names = createProgram().commands.map((command) => command.name());
    expect(names.toSorted()).toEqual([
      "access",
      "apply",
      "audit",
      "cache",
      "doctor",
      "down",
      "enqueue",
      "erase",
      "get",
      "load",
      "put",
      "repair",
      "rights",
      "rm",
      "serve",
      "settings",
      "status",
      "stream",
      "subject",
      "unblock",
      "up",
      "worker",
    ]);
  });

  it("gives each an example, a description and --json", () => {
    for (const command of allCommands(createProgram()).slice(1)) {
      const help = helpOf(command);
      expect(help, command.name()).toMatch(/Examples?:\n {2}\S*.*trilane /);
      expect(help, command.name()).toContain("--json");
      expect(command.description(), command.name()).not.toBe("");
    }
  });

  it("shows with a command its own options, and none of the command that it belongs to", () => {
    const erase = createProgram().commands.find((command) => command.name() === "erase");
    for (const command of erase?.commands ?? []) expect(helpOf(command), command.name()).not.toContain("--permanent");
    expect(erase === undefined ? "" : helpOf(erase)).toContain("--permanent");
  });

  it("documents its exit codes", () => {
    expect(helpOf(createProgram())).toMatch(/Exit codes:\n {2}0 [\s\S]*\n {2}75 /);
  });

  it.each([
    [["frobnicate"], "commander.unknownCommand"],
    [["get", "routes"], "commander.missingArgument"],
    [["get", "routes", "SEA", "--verbose"], "commander.unknownOption"],
    [["load", "s3://a/b"], "commander.missingMandatoryOptionValue"],
    [["up", "--only", "mysql"], "commander.invalidArgument"],
    [["put", "routes", "{}", "extra"], "commander.excessArguments"],
  ])("refuses %j", async (args, code) => {
    const program = createProgram();
    for (const command of allCommands(program)) command.configureOutput({ writeErr: () => undefined });
    await expect(program.parseAsync(args, { from: "user" })).rejects.toMatchObject({ code });
  });
});
