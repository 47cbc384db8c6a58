#!/usr/bin/env node
/**
 * `npm run edges`: exit code 0 when every case had the right result, 1 when
 * not, 2 for wrong arguments.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { readCorpus } from "./corpus/corpus-case.ts";
import { enginePaths } from "./corpus/engine-paths.ts";
import { keepFigures } from "./generate/evidence-file.ts";
import { kinds } from "./generate/kinds.ts";
import { FLIGHT_FORMATS } from "./growth/flight-files.ts";
import { grow, type GrowOptions } from "./growth/grow.ts";
import { KEYS_HEAP_MIB, loadManyKeys, type ManyKeysOptions } from "./growth/many-keys.ts";
import { runKind } from "./generate/run-kind.ts";

interface GenerateFlags {
  readonly kind: string;
  readonly cases: number;
  readonly seed: number;
  readonly minutes: number;
  readonly folder: string;
  readonly report?: string;
}

const EXIT_FOUND = 1;
const EXIT_USAGE = 2;
const CASES_DEFAULT = 10_000;
const MINUTES_DEFAULT = 10;
const MS_PER_MINUTE = 60_000;
const ALL = "all";
const LANE_WIDTH = 7;
const FILE_WIDTH = 48;
const GROUP_WIDTH = 12;

const program = new Command("edges")
  .description("generated input for the edges of the lanes: files, texts, topics")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE));

program
  .command("generate")
  .description("generates cases of a kind, and compares what the product makes of each with what is right")
  .addOption(new Option("--kind <name>").choices([...kinds.map(({ name }) => name), ALL]).default(ALL))
  .option("--cases <n>", "of each kind", toWhole, CASES_DEFAULT)
  .option("--minutes <n>", "at most, for each kind", toWhole, MINUTES_DEFAULT)
  .option("--seed <n>", "the same seed generates the same cases", toWhole, 1)
  .option("--folder <path>", "where the smallest input of a finding is written", ".trilane/edges")
  .option("--report <file>", "a document that keeps the figures, one row for each kind")
  .action(generate);

program
  .command("growth")
  .description("loads the flights as many times over into a store in memory, Parquet by the engine: cost and memory")
  .argument("<files>", "of 3,000,000 rows each", toWhole)
  .option("--objects <n>", "the rows of each file lie in so many objects", toWhole, 1)
  .addOption(new Option("--format <format>", "of the files").choices(FLIGHT_FORMATS).default("parquet"))
  .option("--heap <MiB>", "the bound of the lane's heap, which the store shares (default: that of Node.js)", toWhole)
  .action(
    async (files: number, { heap, ...given }: Omit<GrowOptions, "files" | "heapMiB"> & { readonly heap?: number }) =>
      say(JSON.stringify(await grow({ files, heapMiB: heap ?? null, ...given }), null, 2)),
  );

program
  .command("many-keys")
  .description("loads rows with a key each into a store in memory, which keeps their versions: cost and memory")
  .argument("<keys>", "the number of rows", toWhole)
  .addOption(
    new Option("--path <path>", "reduced by the engine, or row by row").choices(["engine", "rows"]).default("engine"),
  )
  .option("--heap <MiB>", "the bound of the lane's heap, which the store shares", toWhole, KEYS_HEAP_MIB)
  .action(async (keys: number, { path, heap }: Pick<ManyKeysOptions, "path"> & { readonly heap: number }) =>
    say(JSON.stringify(await loadManyKeys({ keys, path, heapMiB: heap }), null, 2)),
  );

program
  .command("corpus")
  .description("lists the cases of test/corpus: lane, file, and the system that made one of its kind")
  .action(listCorpus);

program
  .command("engine-paths")
  .description("says of each Parquet file of the corpus whether a load of it takes the engine's path, and why not")
  .action(listEnginePaths);

await program.parseAsync();

function listCorpus(): void {
  for (const { lane, file, seen } of readCorpus()) say(`${lane.padEnd(LANE_WIDTH)} ${file.padEnd(FILE_WIDTH)} ${seen}`);
}

async function listEnginePaths(): Promise<void> {
  const paths = await enginePaths();
  for (const checks of [false, true]) {
    const some = paths.filter(({ checksWinners }) => checksWinners === checks);
    say(checks ? "\nwhere the groups let their schema check the winners alone" : "as the groups are");
    for (const { file, group, reason } of some) {
      say(`${file.padEnd(FILE_WIDTH)} ${group.padEnd(GROUP_WIDTH)} ${reason ?? "engine"}`);
    }
    say(`${some.filter(({ reason }) => reason === null).length} of ${some.length} take the engine's path`);
  }
}

async function generate({ kind, cases, seed, minutes, folder, report: document }: GenerateFlags): Promise<void> {
  const chosen = kinds.filter(({ name }) => kind === ALL || name === kind);
  for (const one of chosen) {
    say(`${one.name}: ${one.text}; seed ${seed}`);
    const report = await runKind(one, { cases, seed, timeLimitMs: minutes * MS_PER_MINUTE, folder });
    if (document !== undefined) keepFigures(document, report);
    const { finding, ...figures } = report;
    say(
      `${one.name}: ${figures.cases} cases, ${finding === null ? "no finding" : "1 finding"}, ` +
        `${(figures.durationMs / 1_000).toFixed(1)} s, largest memory ${figures.rssMiBMax} MiB, ` +
        `longest event-loop delay ${figures.eventLoopDelayMsMax} ms`,
    );
    if (finding === null) continue;
    process.exitCode = EXIT_FOUND;
    say(`${one.name}: the smallest input is in ${finding.file}\n${finding.problem}`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function toWhole(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError("not a whole number above 0");
}
