/** Runs the command with the given arguments and sets the process's exit code. */
import { CommanderError } from "commander";
import { createProgram } from "./create-program.ts";
import { CliError, shownError } from "./errors.ts";
import { EXIT } from "./exit-codes.ts";

/** `args` are the arguments after the program's name. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = exitCodeOfParsing(error);
  }
}

/** Commander has written its own errors already. */
function exitCodeOfParsing(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  process.stderr.write(`trilane: ${shownError(error)}\n`);
  return error instanceof CliError ? error.exitCode : EXIT.failure;
}
