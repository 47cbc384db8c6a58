/**
 * The reference of all settings as Markdown, made from their declarations:
 * docs/settings.md.
 */
import { fileVariableOf, settingEntries, type SettingName } from "./declarations.ts";
import type { Program, SettingDeclaration } from "./setting-declaration.ts";

const INTRODUCTION = `# Settings

Every program reads its settings from the environment when it starts. An empty variable counts as not set. A program with a setting that is wrong, or with a name that begins with \`TRILANE_\` and is no setting's, does not start, and ends with code 2.

A **secret** is never shown. Each may stand in a file instead: \`<name>_FILE\` names the file. Passwords, certificates and keys from files are read again for each connection, so a renewed one needs no restart; addresses are read once.

Settings **of the table** must be the same in every process of one table.

This page is made of [declarations.ts](../packages/lane-kit/src/settings/declarations.ts) by \`trilane settings\`. Arguments of a program are shown by its \`--help\`.
`;

export function settingsPage(): string {
  return `${INTRODUCTION}\n${settingEntries.map(([name, declaration]) => describe(name, declaration)).join("\n")}`;
}

function describe(name: SettingName, declaration: SettingDeclaration): string {
  const { text, readBy, agreement, isSecret = false } = declaration;
  const facts = [
    `Read by: ${readersText(readBy)}.`,
    ...defaultText(declaration),
    ...(agreement === undefined ? [] : [`Of the table: ${agreement}.`]),
    ...(isSecret ? [`Secret, or from a file: \`${fileVariableOf(name)}\`.`] : []),
  ];
  return `## \`${name}\`\n\n${text}\n\n${facts.map((fact) => `- ${fact}`).join("\n")}\n`;
}

const PROGRAM_NAMES: Readonly<Record<Program, string>> = {
  load: "`batch-loader`",
  stream: "`stream-consumer`",
  worker: "`job-worker`",
  api: "`feature-api`",
  command: "`trilane`",
};

function readersText(readBy: SettingDeclaration["readBy"]): string {
  return typeof readBy === "string" ? readBy : readBy.map((program) => PROGRAM_NAMES[program]).join(", ");
}

/** The default is the value that the schema returns for "not set". */
function defaultText({ schema }: SettingDeclaration): readonly string[] {
  const { success, data } = schema.safeParse(undefined);
  if (!success) return ["It must be set."];
  const text = Array.isArray(data) ? data.join(",") : data;
  return typeof text === "string" || typeof text === "number" ? [`Default: \`${text}\`.`] : [];
}
