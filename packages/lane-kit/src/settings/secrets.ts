/**
 * Texts in files, such as passwords and certificates. They are read again at
 * each use, because they are renewed while a process runs.
 */
import { readFileSync } from "node:fs";
import { fileVariableOf, type SettingName } from "./declarations.ts";
import type { Environment } from "./setting-names.ts";
import { SettingsError } from "./settings-error.ts";

/** Returns the present value. */
export type Secret = () => string;
/** Undefined where it is not set. @throws SettingsError */
export type ReadSecret = (variable: SettingName) => Secret | undefined;

/** @throws SettingsError where both are set, or the file cannot be read or is empty */
export function readSecret(environment: Environment, variable: SettingName): Secret | undefined {
  const text = environment[variable] ?? "";
  const fileVariable = fileVariableOf(variable);
  const path = environment[fileVariable] ?? "";
  if (path === "") return text === "" ? undefined : () => text;
  if (text !== "") throw new SettingsError(fileVariable, `${variable} is set as well; unset one of the two`);
  const file = textFile(fileVariable, path);
  return () => withoutLineEnd(file());
}

/**
 * The text of a file at each call. While the file is missing, which may happen for a moment when it is replaced, the
 * last text counts, and the server decides whether it is still valid.
 * @throws SettingsError, at once, for a file that cannot be read or is empty
 */
export function textFile(variable: string, path: string): () => string {
  let last = readText(variable, path);
  return () => {
    try {
      last = readText(variable, path);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
    }
    return last;
  };
}

function readText(variable: string, path: string): string {
  const text = contentOf(variable, path);
  if (withoutLineEnd(text) === "") throw new SettingsError(variable, `the file ${path} is empty`);
  return text;
}

function contentOf(variable: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code = "it is no file" } = error as NodeJS.ErrnoException;
    throw new SettingsError(variable, `the file ${path} cannot be read: ${code}`);
  }
}

/** Editors and `echo` write a line end after the value, which does not belong to it. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}
