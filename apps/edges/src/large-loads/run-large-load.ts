/**
 * Makes a case's input, gives it to the lane's own process, and says what became
 * of it. A case that cannot be run is a problem of that case: the others are run.
 */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3Client } from "@aws-sdk/client-s3";
import { putFile } from "@trilane/lane-kit";
import type { FileCase, LargeCase, LargeOutcome } from "./large-cases.ts";
import { type Ended, type ProcessFigures, programOf, startMeasured } from "./measured-process.ts";
import { runTopicBomb } from "./topic-bomb.ts";

export type LargeLoad = {
  readonly name: string;
  readonly text: string;
  /** The ways in which it is not right. */
  readonly problems: readonly string[];
} & ({ readonly kind: "measured"; readonly measured: Measured } | { readonly kind: "not-measured" });

export interface Measured {
  readonly inputMiB: number;
  readonly seconds: number;
  readonly outcome: LargeOutcome;
  readonly figures: ProcessFigures;
}

export interface LargeLoadOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly brokers: readonly string[];
  /** Of the process that loads. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the whole size of each case. */
  readonly share: number;
}

interface Run {
  readonly ended: Ended;
  readonly inputBytes: number;
}

const LOADER = programOf(import.meta.resolve("@trilane/batch-loader"));
const BYTES_PER_MIB = 1_048_576;
const RESIDENT_MIB_MAX = 1_024;
const COMPUTING_MS_MAX = 1_000;
const STDERR_CHARACTERS_MAX = 1_000;

export async function runLargeLoad(one: LargeCase, options: LargeLoadOptions): Promise<LargeLoad> {
  const { name, text } = one;
  const directory = await mkdtemp(join(tmpdir(), "trilane-large-"));
  try {
    const { ended, inputBytes } = await runCase(one, options, directory);
    const { figures, seconds, stderr } = ended;
    if (figures === null) return { name, text, kind: "not-measured", problems: [`no figures: ${endOf(stderr)}`] };
    const right = one.outcome(options.share);
    const outcome = outcomeOf(ended, right.refusal);
    const measured = { inputMiB: Math.round(inputBytes / BYTES_PER_MIB), seconds, outcome, figures };
    return { name, text, kind: "measured", measured, problems: problemsOf(measured, right, stderr) };
  } catch (error) {
    return { name, text, kind: "not-measured", problems: [`it was not run: ${String(error)}`] };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runCase(one: LargeCase, options: LargeLoadOptions, directory: string): Promise<Run> {
  if (one.kind === "file") return await runFile(one, options, directory);
  const { bucket, ...more } = options;
  const { ended, batchBytes } = await runTopicBomb(one, { ...more, name: `${bucket}-${one.name}`, directory });
  return { ended, inputBytes: batchBytes };
}

async function runFile(one: FileCase, options: LargeLoadOptions, directory: string): Promise<Run> {
  const { s3, bucket, environment, share } = options;
  const file = join(directory, one.file);
  await one.make(file, share);
  const { size } = await stat(file);
  await putFile({ s3, file, bucket, key: one.file });
  const args = ["--group", "samples", "--json", `s3://${bucket}/${one.file}`];
  return { ended: await startMeasured({ main: LOADER, args, environment, directory }).ended, inputBytes: size };
}

interface Report {
  readonly consumed: number;
  readonly receipts: { readonly dead: number };
}

function outcomeOf({ exitCode, stdout, stderr }: Ended, refusal: string | null): LargeOutcome {
  const report = stdout.trim() === "" ? null : (JSON.parse(stdout) as Report);
  return {
    exitCode: exitCode ?? -1,
    rows: report?.consumed ?? 0,
    dead: report?.receipts.dead ?? 0,
    refusal: refusal !== null && stderr.includes(refusal) ? refusal : null,
  };
}

function problemsOf({ outcome, figures }: Measured, right: LargeOutcome, stderr: string): readonly string[] {
  const problems: string[] = [];
  const [is, should] = [JSON.stringify(outcome), JSON.stringify(right)];
  if (is !== should) problems.push(`${is}, and ${should} is right: ${endOf(stderr)}`);
  if (figures.residentMiBMax > RESIDENT_MIB_MAX) problems.push(`more than ${RESIDENT_MIB_MAX} MiB of memory`);
  if (figures.computingMsMax > COMPUTING_MS_MAX)
    problems.push(`the process computed for more than ${COMPUTING_MS_MAX} ms without a turn of its event loop`);
  return problems;
}

function endOf(stderr: string): string {
  return stderr.slice(-STDERR_CHARACTERS_MAX);
}
