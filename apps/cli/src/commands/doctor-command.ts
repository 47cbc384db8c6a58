/**
 * `doctor`: checks settings, servers, rights and clocks, and says what to do
 * where something does not fit.
 */
import {
  awsActionsOf,
  KAFKA_RIGHTS,
  PROGRAMS_WITH_RIGHTS,
  type ProgramWithRights,
  redisCommandsOf,
} from "@trilane/lane-kit";
import { type Command, Option } from "commander";
import { bucketPlaceOf, checkBuckets } from "../doctor/check-buckets.ts";
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

const SUBJECTS = ["groups", "store", "cache", "queue", "kafka", "buckets"] as const;
type Subject = (typeof SUBJECTS)[number];

interface DoctorFlags {
  readonly only?: readonly Subject[];
  readonly topic?: readonly string[];
  readonly group?: readonly string[];
  readonly source?: readonly string[];
  readonly program?: ProgramWithRights;
}

export function addDoctorCommand(program: Command): void {
  const doctor = program
    .command("doctor")
    .description(
      "look at groups, table, rights, clocks, cache, queue, brokers and buckets; changes nothing of a table in use",
    )
    .addOption(new Option("--only <subjects...>", "only these").choices(SUBJECTS))
    .option("--topic <names...>", "topics that must exist")
    .option("--source <addresses...>", "places that are loaded from, s3://bucket/prefix")
    .option("--group <names...>", "consumer groups that `--program stream` must be able to join")
    .addOption(
      new Option(
        "--program <name>",
        "try the rights of this program alone, with its login, and look only at the servers that it uses",
      ).choices(PROGRAMS_WITH_RIGHTS),
    )
    .addHelpText(
      "after",
      "\nCode 0: nothing failed (there may be warnings); 1: something failed; 2: a setting is wrong.",
    )
    .action((flags: DoctorFlags, command: Command) => runAction(command, (output) => examine(flags, output)));
  withExamples(
    doctor,
    "trilane doctor",
    "trilane doctor --only store cache",
    "trilane doctor --topic flights --json",
    "trilane doctor --program worker",
    "trilane doctor --program load --source s3://bucket/routes/",
  );
}

async function examine(
  { only, topic: topics = [], group: groups = [], source = [], program: named }: DoctorFlags,
  output: Output,
): Promise<number> {
  const settings = await readSettings();
  const program = named ?? null;
  const examinations: Readonly<Record<Subject, () => Promise<readonly Finding[]>>> = {
    groups: checkGroups,
    store: () => checkStore(settings, program),
    cache: () => checkCache(settings, program),
    queue: () => checkQueue(settings, program),
    kafka: () => checkKafka(settings, { topics, program, groups }),
    buckets: () => checkBuckets(settings, { program, sources: source.map(bucketPlaceOf) }),
  };
  const wanted = only ?? SUBJECTS.filter((subject) => program === null || uses(program, subject));
  const findings = (await Promise.all(wanted.map((subject) => examinations[subject]()))).flat();
  output.result({ findings }, textTable(findings.map(rowOf)));
  return findings.some(({ state }) => state === "failure") ? EXIT.failure : EXIT.ok;
}

function uses(program: ProgramWithRights, subject: Subject): boolean {
  switch (subject) {
    case "groups":
      return true;
    case "store":
      return awsActionsOf(program).some((action) => action.startsWith("dynamodb:"));
    case "kafka":
      return KAFKA_RIGHTS.some(({ by }) => by.includes(program));
    case "buckets":
      return awsActionsOf(program).some((action) => action.startsWith("s3:"));
    case "cache":
    case "queue":
      return redisCommandsOf(subject, program).length > 0;
  }
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
