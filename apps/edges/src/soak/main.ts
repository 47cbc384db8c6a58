/**
 * `npm run soak`: all lanes at once for some minutes. Exit code 0 where memory is
 * flat, no queue grows and no event loop is held up, else 1; 2 for wrong
 * arguments. Writes docs/benchmarks/soak.md.
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError } from "commander";
import { runSoak, type SoakOptions } from "./run-soak.ts";
import { soakPage } from "./soak-page.ts";

const PAGE = fileURLToPath(new URL("../../../../docs/benchmarks/soak.md", import.meta.url));
const EXIT_PROBLEM = 1;
const EXIT_USAGE = 2;
const SECONDS_PER_MINUTE = 60;

interface Flags {
  readonly minutes: number;
  readonly messages: number;
  readonly jobs: number;
  readonly reads: number;
  readonly loadWrites: number;
  readonly file: boolean;
}

const program = new Command("soak")
  .description("all lanes at once at a steady rate: memory, queues and event loops")
  .option("--minutes <n>", "how long", toPositive, 10)
  .option("--messages <n>", "into the topic in a second", toPositive, 500)
  .option("--jobs <n>", "enqueued in a second", toPositive, 10)
  .option("--reads <n>", "requests in a second, of 25 keys each", toPositive, 20)
  .option("--load-writes <n>", "records that a load may write in a second", toPositive, 200)
  .option("--no-file", "writes no page")
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE));

await program.parseAsync();
const { minutes, messages, jobs, reads, loadWrites, file } = program.opts<Flags>();
const options: SoakOptions = {
  seconds: minutes * SECONDS_PER_MINUTE,
  sampleMs: 2_000,
  collectMs: 15_000,
  rates: { messagesPerSecond: messages, jobsPerSecond: jobs, readsPerSecond: reads },
  rows: 300_000,
  coldRows: 10_000,
  writesPerSecond: loadWrites,
  environment: {},
};
const report = await runSoak(options);
const page = soakPage(report, options);
process.stdout.write(page);
if (file) await writeFile(PAGE, page);
if (report.problems.length > 0) process.exitCode = EXIT_PROBLEM;

function toPositive(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError("not a number above 0");
}
