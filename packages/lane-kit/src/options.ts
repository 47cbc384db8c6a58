/**
 * Options of a program, declared once: the program reads its arguments by the
 * declarations, its usage text is made from them, and the `trilane` command
 * offers the same options under the same names.
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { messageOf } from "@trilane/write-through";
import type { Environment } from "./settings/setting-names.ts";
import { SettingsError } from "./settings/settings-error.ts";

export interface OptionDeclaration {
  /** The text after the name, such as `<n>`; absent where the name alone is the option. */
  readonly value?: string;
  /** It may be given several times. Only with `value`. */
  readonly isRepeatable?: true;
  /** One letter that stands for the name. */
  readonly short?: string;
  /**
   * The variable that is read where the option is not given; the values of a repeatable option stand between commas.
   */
  readonly variable?: string;
  /** The text for people; it includes the default, where there is one. */
  readonly text: string;
}

/** By name, without the dashes. */
export type OptionDeclarations = Readonly<Record<string, OptionDeclaration>>;

type ValueOf<Declaration extends OptionDeclaration> = Declaration extends { readonly isRepeatable: true }
  ? readonly string[]
  : Declaration extends { readonly value: string }
    ? string | null
    : boolean;

/** Null, false or an empty list where an option is given neither as argument nor in the environment. */
export type OptionValues<Declarations extends OptionDeclarations> = {
  readonly [Name in keyof Declarations]: ValueOf<Declarations[Name]>;
};

export interface ReadOptions<Declarations extends OptionDeclarations> {
  readonly values: OptionValues<Declarations>;
  readonly positionals: readonly string[];
}

export interface ReadOptionsOptions {
  /** Default: the environment of the process. */
  readonly environment?: Environment | undefined;
  /** The maximum of arguments that are no options. */
  readonly positionalsMax: number;
}

/** @throws SettingsError for an option that is unknown or has no value, and for an argument too many */
export function readOptions<Declarations extends OptionDeclarations>(
  declarations: Declarations,
  args: readonly string[],
  { environment = process.env, positionalsMax }: ReadOptionsOptions,
): ReadOptions<Declarations> {
  const { values, positionals } = parse(declarations, args);
  const tooMany = positionals[positionalsMax];
  if (tooMany !== undefined) throw new SettingsError("arguments", `"${tooMany}" is one too many`);
  const entries = Object.entries(declarations).map(([name, declaration]) => [
    name,
    values[name] ?? fromEnvironment(declaration, environment),
  ]);
  return { values: Object.fromEntries(entries) as OptionValues<Declarations>, positionals };
}

function parse(
  declarations: OptionDeclarations,
  args: readonly string[],
): { readonly values: Readonly<Record<string, unknown>>; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: parseConfigOf(declarations) });
  } catch (error) {
    throw new SettingsError("arguments", messageOf(error));
  }
}

function parseConfigOf(declarations: OptionDeclarations): ParseArgsOptionsConfig {
  const entries = Object.entries(declarations).map(([name, { value, isRepeatable = false, short }]) => [
    name,
    {
      type: value === undefined ? "boolean" : "string",
      multiple: isRepeatable,
      ...(short === undefined ? {} : { short }),
    },
  ]);
  return Object.fromEntries(entries) as ParseArgsOptionsConfig;
}

function fromEnvironment(
  { value, isRepeatable, variable }: OptionDeclaration,
  environment: Environment,
): string | null | boolean | readonly string[] {
  const text = variable === undefined ? "" : (environment[variable] ?? "");
  if (isRepeatable === true) return text.split(",").filter((part) => part !== "");
  if (value === undefined) return false;
  return text === "" ? null : text;
}

/** @throws SettingsError that names the option, the value and the expected form */
export function wholeNumber(
  name: string,
  text: string | null,
  { min, max = Number.MAX_SAFE_INTEGER }: { readonly min: number; readonly max?: number },
): number | null {
  if (text === null) return null;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  const upTo = max === Number.MAX_SAFE_INTEGER ? "or more" : `to ${max}`;
  throw new SettingsError(`--${name}`, `it is "${text}"; give a whole number, ${min} ${upTo}`);
}

/** One line for each option, with its variable. */
export function optionsText(declarations: OptionDeclarations): string {
  const names = Object.entries(declarations).map(([name, { value, short }]) => {
    const before = short === undefined ? "" : `-${short}, `;
    return `${before}--${name}${value === undefined ? "" : ` ${value}`}`;
  });
  const width = Math.max(...names.map((name) => name.length));
  return Object.values(declarations)
    .map(({ text, variable }, index) => {
      const line = `  ${(names[index] ?? "").padEnd(width)}  ${text}`;
      return variable === undefined ? line : `${line} (${variable})`;
    })
    .join("\n");
}
