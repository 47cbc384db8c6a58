/** The frame of every command: its output, its errors, its exit code. */
import type { Command } from "commander";
import { checkSettingNames } from "./config.ts";
import { codeOf, exitCodeOf, shownError } from "./errors.ts";
import { createOutput, type Output } from "./output.ts";

/** Resolves with the exit code. */
export type Action = (output: Output) => Promise<number>;

export async function runAction(command: Command, action: Action): Promise<void> {
  const { json } = command.optsWithGlobals<{ readonly json?: boolean }>();
  const output = createOutput(json === true);
  try {
    checkSettingNames();
    process.exitCode = await action(output);
  } catch (error) {
    output.note(output.isJson ? JSON.stringify(errorJson(error)) : `trilane: ${shownError(error)}`);
    process.exitCode = exitCodeOf(error);
  }
}

/** Adds examples to a command's help. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  ${example}`).join("\n");
  return command.addHelpText("after", `\nExample${examples.length > 1 ? "s" : ""}:\n${lines}`);
}

function errorJson(error: unknown): object {
  return { error: { code: codeOf(error) ?? "ERROR", message: shownError(error) } };
}
