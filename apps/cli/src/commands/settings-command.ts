/** `settings`: every variable that the programs read. */
import { settingEntries, settingsPage } from "@trilane/lane-kit";
import type { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";

export function addSettingsCommand(program: Command): void {
  const settings = program
    .command("settings")
    .description("every variable that the programs read, as Markdown: text, readers, default")
    .action((_options: object, command: Command) => runAction(command, showSettings));
  withExamples(settings, "trilane settings | less", "trilane settings --json");
}

async function showSettings(output: Output): Promise<number> {
  const settings = settingEntries.map(([name, { schema: _schema, ...declaration }]) => ({ name, ...declaration }));
  output.result(settings, settingsPage().trimEnd());
  return EXIT.ok;
}
