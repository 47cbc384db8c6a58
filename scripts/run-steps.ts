/**
 * Runs named steps one after the other, reports the result of each, and goes on
 * after a failure.
 */
import { spawn } from "node:child_process";
import { setPriority } from "node:os";
import { performance } from "node:perf_hooks";

export type RunnableStep =
  | { readonly name: string; readonly command: readonly [string, ...string[]] }
  /** Resolves with the problems; an empty list means success. */
  | { readonly name: string; readonly run: () => Promise<readonly string[]> };

export interface StepResult {
  readonly name: string;
  readonly isOk: boolean;
  /** The end of what the step printed, for a summary of failures. */
  readonly lastLines: readonly string[];
}

/** The target of the steps' output, and the priority of their processes. */
interface Stage {
  /** Takes the output of the steps, and the lines about them. */
  readonly take: (chunk: Buffer) => void;
  /** The value for `nice`. */
  readonly niceness: number;
}

const inFront: Stage = { take: (chunk) => process.stdout.write(chunk), niceness: 0 };
const BACKGROUND_NICENESS = 10;
const KEPT_OUTPUT_BYTES = 8_192;

/** Resolves with the exit code: 0 when all steps succeeded. */
export async function runSteps(steps: readonly RunnableStep[]): Promise<number> {
  const results = await runStepsEach(steps);
  return results.every(({ isOk }) => isOk) ? 0 : 1;
}

export function runStepsEach(steps: readonly RunnableStep[]): Promise<readonly StepResult[]> {
  return runOn(inFront, steps);
}

/** Runs the steps beside other work, and prints everything when all steps are done. Default: with lower priority. */
export async function runStepsInBackground(
  steps: readonly RunnableStep[],
  { niceness = BACKGROUND_NICENESS }: { readonly niceness?: number } = {},
): Promise<readonly StepResult[]> {
  const chunks: Buffer[] = [];
  const results = await runOn({ take: (chunk) => chunks.push(chunk), niceness }, steps);
  process.stdout.write(Buffer.concat(chunks));
  return results;
}

async function runOn(stage: Stage, steps: readonly RunnableStep[]): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    let kept = Buffer.alloc(0);
    const take = (chunk: Buffer): void => {
      kept = Buffer.concat([kept, chunk]).subarray(-KEPT_OUTPUT_BYTES);
      stage.take(chunk);
    };
    const startedMs = performance.now();
    stage.take(lineOf(`--- ${step.name}`));
    const isOk =
      "command" in step ? (await runCommand(step.command, { ...stage, take })) === 0 : await runCheck(step.run, take);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    stage.take(lineOf(`--- ${step.name}: ${isOk ? "ok" : "FAILED"} (${seconds} s)`));
    results.push({ name: step.name, isOk, lastLines: kept.toString().trimEnd().split("\n") });
  }
  return results;
}

async function runCheck(check: () => Promise<readonly string[]>, take: Stage["take"]): Promise<boolean> {
  const problems = await check();
  for (const problem of problems) take(lineOf(problem));
  return problems.length === 0;
}

function runCommand([command, ...rest]: readonly [string, ...string[]], { take, niceness }: Stage): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
    if (child.pid !== undefined && niceness !== 0) setPriority(child.pid, niceness);
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => {
      take(lineOf(`cannot start ${command}: ${error.message}`));
      resolve(1);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
}

function lineOf(text: string): Buffer {
  return Buffer.from(`${text}\n`);
}
