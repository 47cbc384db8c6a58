/**
 * A bug that is put into the text of a script on its way to the server, so
 * production has no switch for it.
 */
import { type ScriptName, scriptText } from "@trilane/write-through/valkey";
import type { Redis } from "ioredis";

export interface LuaMutant {
  readonly name: string;
  /** The script whose text is changed; `common` stands before every script. */
  readonly script: ScriptName | "common";
  /** A text that stands once in the script. */
  readonly text: string;
  readonly instead: string;
}

const SCRIPTS: readonly ScriptName[] = [
  "probe",
  "begin",
  "check",
  "fence",
  "publish",
  "raise",
  "lease",
  "fill",
  "heal",
  "collect",
];

/**
 * Makes the client send the script with the bug instead of the right one. To call before anything defines commands on
 * the client.
 */
export function mutateScripts(client: Redis, mutant: LuaMutant): void {
  const mutated = mutatedTexts(mutant);
  const define = client.defineCommand.bind(client);
  client.defineCommand = (name, definition) => {
    define(name, { ...definition, lua: mutated.get(definition.lua) ?? definition.lua });
  };
  // `begin` is sent unchanged.
  const call: unknown = Reflect.get(client, "call");
  if (typeof call !== "function") throw new TypeError("the client cannot send a command by its name");
  const patched = (...values: readonly unknown[]): unknown =>
    Reflect.apply(
      call,
      client,
      values.map((value) => (typeof value === "string" ? (mutated.get(value) ?? value) : value)),
    );
  Reflect.set(client, "call", patched);
}

/**
 * The right text of each affected script -> the text with the bug.
 * @throws RangeError when the mutant's text does not stand exactly once in each script that it is part of.
 */
export function mutatedTexts(mutant: LuaMutant): ReadonlyMap<string, string> {
  const scripts = mutant.script === "common" ? SCRIPTS : [mutant.script];
  return new Map(
    scripts.map((script) => {
      const text = scriptText(script);
      const parts = text.split(mutant.text);
      if (parts.length !== 2) {
        throw new RangeError(
          `${mutant.script}: the text of "${mutant.name}" stands ${parts.length - 1} times in ${script}, not once`,
        );
      }
      return [text, parts.join(mutant.instead)] as const;
    }),
  );
}
