/**
 * `npm run large-loads`: gives the lanes files of gigabytes, and files and batches that become gigabytes, and
 * measures the process that takes them. Writes docs/benchmarks/large-loads.md, unless a share of the whole size
 * was asked for, or a case could not be measured.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { createDynamoDb, createS3, loadSettings } from "@trilane/lane-kit";
import { applyTable } from "@trilane/write-through/dynamodb";
import { Command, InvalidArgumentError, Option } from "commander";
import { largeCases } from "./large-cases.ts";
import { largeLoadsPage } from "./large-loads-page.ts";
import { type LargeLoad, type Measured, runLargeLoad } from "./run-large-load.ts";

interface Flags {
  readonly share: number;
  readonly only?: string;
}

const EXIT_PROBLEM = 1;
const PAGE = fileURLToPath(new URL("../../../../docs/benchmarks/large-loads.md", import.meta.url));
const CONFIG = fileURLToPath(new URL("./large-loads.config.ts", import.meta.url));

const program = new Command("large-loads")
  .description("loads of gigabytes: outcome, memory and longest block of the event loop")
  .option("--share <n>", "of the whole size of each file, to try the command; no page is written", toShare, 1)
  .addOption(
    new Option("--only <name>", "one of them; no page is written").choices(largeCases.map(({ name }) => name)),
  );

await program.parseAsync();
const { share, only } = program.opts<Flags>();
const name = `large-${randomBytes(6).toString("hex")}`;
const environment = { TRILANE_TABLE: name, TRILANE_CONFIG: CONFIG, TRILANE_LOG_LEVEL: "warn" };
const settings = loadSettings({ ...process.env, ...environment });
const brokers = settings.kafkaBrokers;
const [s3, dynamodb] = [createS3(settings), createDynamoDb(settings)];
const loads: LargeLoad[] = [];
try {
  await applyTable(dynamodb, settings.table);
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  for (const one of largeCases) {
    if (only !== undefined && one.name !== only) continue;
    const load = await runLargeLoad(one, { s3, bucket: name, brokers, environment, share });
    loads.push(load);
    if (load.kind === "measured") say(`${one.name}: ${measuredText(load.measured)}`);
    for (const problem of load.problems) say(`PROBLEM: ${one.name}: ${problem}`);
  }
} finally {
  s3.destroy();
  dynamodb.destroy();
}
if (loads.some(({ problems }) => problems.length > 0)) process.exitCode = EXIT_PROBLEM;
const isWhole = share === 1 && only === undefined && loads.every(({ kind }) => kind === "measured");
if (isWhole) await writeFile(PAGE, largeLoadsPage(loads, commitOf()));

function measuredText({ inputMiB, outcome, seconds, figures }: Measured): string {
  const { residentMiBMax, blockMsMax, computingMsMax } = figures;
  const blocks = `longest block ${blockMsMax} ms, longest computing ${computingMsMax} ms`;
  return `${inputMiB} MiB, ${JSON.stringify(outcome)}, ${seconds.toFixed(1)} s, ${residentMiBMax} MiB resident, ${blocks}`;
}

function commitOf(): string {
  return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
}

function toShare(text: string): number {
  const share = Number(text);
  if (share > 0 && share <= 1) return share;
  throw new InvalidArgumentError("expected a number above 0, at most 1");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
