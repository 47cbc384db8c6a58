/**
 * The names of persons as arguments: one by `--subject`, or many from a file or
 * stdin by `--subjects`, where they do not stand in the list of processes.
 */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { codeOf, usageError } from "./errors.ts";
import { readText } from "./read-arguments.ts";

export interface SubjectFlags {
  readonly subject?: string;
  readonly subjects?: string;
}

/** The names of one run; more than that go into several files. */
export const SUBJECTS_MAX = 100_000;

export function withSubjectFlags(command: Command): Command {
  return command
    .option("--subject <name>", "the person, as the records name it")
    .option("--subjects <file>", "a file with one name a line, or - for stdin: they do not show in the process list");
}

/** @throws CliError USAGE */
export async function readSubjects({ subject, subjects }: SubjectFlags): Promise<readonly string[]> {
  if ((subject === undefined) === (subjects === undefined)) {
    throw usageError("name one person with --subject, or a file of names with --subjects (- is stdin)");
  }
  const names = subject === undefined ? linesOf(await textOf(subjects ?? "-")) : [subject];
  if (names.length === 0 || names.includes("")) throw usageError("there is no name of a person: give one a line");
  if (names.length > SUBJECTS_MAX)
    throw usageError(`${names.length} names: at most ${SUBJECTS_MAX} fit, so split the file`);
  return names;
}

async function textOf(file: string): Promise<string> {
  if (file === "-") return readText("-");
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw usageError(`the file ${file} cannot be read: ${codeOf(error) ?? "it is no file"}`);
  }
}

/** A name may have spaces, but no line end. */
function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/u, ""));
  return lines.filter((line) => line !== "");
}
