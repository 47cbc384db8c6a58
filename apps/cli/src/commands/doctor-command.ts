/**
 * `doctor`: checks settings, servers, rights and clocks, and says what to do
 * where something does not fit.
 */
import { type Command, Option } from "commander";
import { checkCache } from "../doctor/check-cache.ts";
import { checkKafka } from "../doctor/check-kafka.ts";
import { checkQueue } from "../doctor/check-queue.ts";
import { checkStore } from "../doctor/check-store.ts";
import { type Finding, Findings } from "../doctor/finding.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";
import { textTable } from "../text-table.ts";
import { readConfig, readSettings } from "../with-platform.ts";

const SUBJECTS = ["groups", "store", "cache", "queue", "kafka"] as const;
type Subject = (typeof SUBJECTS)[number];

interface DoctorFlags {
  readonly only?: readonly Subject[];
  readonly topic?: readonly string[];
}

export function addDoctorCommand(program: Command): void {
  const doctor = program
    .command("doctor")
    .description("look at groups, table, rights, clocks, cache, queue and brokers; changes nothing of a table in use")
    .addOption(new Option("--only <subjects...>", "only these").choices(SUBJECTS))
    .option("--topic <names...>", "topics that must exist")
    .addHelpText(
      "after",
      "\nCode 0: nothing failed (there may be warnings); 1: something failed; 2: a setting is wrong.",
    )
    .action((flags: DoctorFlags, command: Command) => runAction(command, (output) => examine(flags, output)));
  withExamples(doctor, "trilane doctor", "trilane doctor --only store cache", "trilane doctor --topic flights --json");
}

async function examine({ only = SUBJECTS, topic: topics = [] }: DoctorFlags, output: Output): Promise<number> {
  const settings = await readSettings();
  const examinations: Readonly<Record<Subject, () => Promise<readonly Finding[]>>> = {
    groups: checkGroups,
    store: () => checkStore(settings),
    cache: () => checkCache(settings),
    queue: () => checkQueue(settings),
    kafka: () => checkKafka(settings, topics),
  };
  const findings = (await Promise.all(only.map((subject) => examinations[subject]()))).flat();
  output.result({ findings }, textTable(findings.map(rowOf)));
  return findings.some(({ state }) => state === "failure") ? EXIT.failure : EXIT.ok;
}

async function checkGroups(): Promise<readonly Finding[]> {
  const findings = new Findings("groups");
  try {
    const { groups } = await readConfig();
    findings.ok(`${Object.keys(groups).join(", ")}`);
  } catch (error) {
    findings.failed(error);
  }
  return findings.all();
}

function rowOf({ subject, state, text }: Finding): readonly string[] {
  return [state === "ok" ? "ok" : state.toUpperCase(), subject, text];
}
