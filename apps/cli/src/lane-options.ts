/**
 * Declares a lane's own options as options of the command, which passes the
 * given ones on.
 */
import type { OptionDeclaration, OptionDeclarations } from "@trilane/lane-kit/options";
import { type Command, Option } from "commander";

/** By the names that commander derives from those of the options. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/** `required`: the names of the options without which the lane cannot run. */
export function addLaneOptions(
  command: Command,
  declarations: OptionDeclarations,
  required: readonly string[] = [],
): Command {
  for (const [name, declaration] of Object.entries(declarations)) {
    command.addOption(optionOf(name, declaration).makeOptionMandatory(required.includes(name)));
  }
  return command;
}

/** The arguments for the lane's program. */
export function laneArguments(declarations: OptionDeclarations, given: GivenOptions): readonly string[] {
  return Object.entries(declarations).flatMap(([name, declaration]) => {
    const value = given[optionOf(name, declaration).attributeName()];
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => [`--${name}`, String(one)]);
  });
}

function optionOf(name: string, { value, isRepeatable, short, variable, text }: OptionDeclaration): Option {
  const flags = `${short === undefined ? "" : `-${short}, `}--${name}`;
  const placeholder = isRepeatable === true ? value?.replace(/>$/, "...>") : value;
  const description = variable === undefined ? text : `${text} (${variable})`;
  return new Option(placeholder === undefined ? flags : `${flags} ${placeholder}`, description);
}
