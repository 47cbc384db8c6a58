/** Makes a file, uploads it, loads it by the batch lane's own process, and says what became of it. */
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { LargeCase, LargeOutcome } from "./large-cases.ts";

export interface ProcessFigures {
  /** Resident memory at most. */
  readonly residentMiBMax: number;
  /** The longest time for which the event loop stood still. */
  readonly blockMsMax: number;
}

export interface LargeLoad {
  readonly name: string;
  readonly text: string;
  readonly fileMiB: number;
  readonly seconds: number;
  readonly outcome: LargeOutcome;
  /** How the outcome differs from the right one; empty where it does not. */
  readonly problems: readonly string[];
  readonly figures: ProcessFigures;
}

export interface LargeLoadOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Of the process that loads. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the whole size of each case. */
  readonly share: number;
}

const LOADER = fileURLToPath(import.meta.resolve("@trilane/batch-loader")).replace(/index\.ts$/, "main.ts");
const PRELOAD = new URL("./measure-process.ts", import.meta.url).href;
const BYTES_PER_MIB = 1_048_576;
const MS_PER_SECOND = 1_000;
const RESIDENT_MIB_MAX = 1_024;
const BLOCK_MS_MAX = 1_000;

export async function runLargeLoad(one: LargeCase, options: LargeLoadOptions): Promise<LargeLoad> {
  const directory = await mkdtemp(join(tmpdir(), "trilane-large-"));
  try {
    const path = join(directory, one.file);
    await one.make(path, options.share);
    const { size } = await stat(path);
    await upload(path, size, { ...options, key: one.file });
    const source = `s3://${options.bucket}/${one.file}`;
    const { exitCode, stdout, stderr, seconds, figures } = await loadIn(directory, source, options);
    const right = one.outcome(options.share);
    const outcome = outcomeOf(exitCode, stdout, stderr, right.refusal);
    const problems = problemsOf({ outcome, right, figures, stderr });
    const fileMiB = Math.round(size / BYTES_PER_MIB);
    return { name: one.name, text: one.text, fileMiB, seconds, outcome, problems, figures };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function upload(
  path: string,
  size: number,
  { s3, bucket: Bucket, key: Key }: LargeLoadOptions & { readonly key: string },
): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: createReadStream(path), ContentLength: size }));
}

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  readonly figures: ProcessFigures;
}

async function loadIn(directory: string, source: string, { environment }: LargeLoadOptions): Promise<Ended> {
  const file = join(directory, "figures.json");
  const beganMs = performance.now();
  const child = spawn(process.execPath, ["--import", PRELOAD, LOADER, "--group", "samples", "--json", source], {
    env: { ...process.env, ...environment, LARGE_LOADS_FIGURES: file },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const seconds = (performance.now() - beganMs) / MS_PER_SECOND;
  const figures = await readFile(file, "utf8")
    .then((json) => JSON.parse(json) as ProcessFigures)
    .catch(() => ({ residentMiBMax: Number.NaN, blockMsMax: Number.NaN }));
  return { exitCode, stdout, stderr, seconds, figures };
}

interface Report {
  readonly consumed: number;
  readonly receipts: { readonly dead: number };
}

function outcomeOf(exitCode: number | null, stdout: string, stderr: string, refusal: string | null): LargeOutcome {
  const report = stdout.trim() === "" ? null : (JSON.parse(stdout) as Report);
  return {
    exitCode: exitCode ?? -1,
    rows: report?.consumed ?? 0,
    dead: report?.receipts.dead ?? 0,
    refusal: refusal !== null && stderr.includes(refusal) ? refusal : null,
  };
}

function problemsOf(run: {
  readonly outcome: LargeOutcome;
  readonly right: LargeOutcome;
  readonly figures: ProcessFigures;
  readonly stderr: string;
}): readonly string[] {
  const { outcome, right, figures, stderr } = run;
  const problems: string[] = [];
  const [is, should] = [JSON.stringify(outcome), JSON.stringify(right)];
  if (is !== should) problems.push(`${is}, and ${should} is right: ${stderr.slice(-1_000)}`);
  if (!(figures.residentMiBMax <= RESIDENT_MIB_MAX)) problems.push(`more than ${RESIDENT_MIB_MAX} MiB of memory`);
  if (!(figures.blockMsMax <= BLOCK_MS_MAX))
    problems.push(`the event loop stood still for more than ${BLOCK_MS_MAX} ms`);
  return problems;
}
