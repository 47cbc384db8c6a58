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
}

/** The target of the steps' output, and the priority of their processes. */
interface Stage {
  readonly say: (line: string) => void;
  /** Takes the output of a command; without it the command prints by itself. */
  readonly take?: (chunk: Buffer) => void;
  /** The value for `nice`. */
  readonly niceness: number;
}

const inFront: Stage = { say: (line) => console.log(line), niceness: 0 };
const BACKGROUND_NICENESS = 10;

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
  const results = await runOn(
    {
      say: (line) => chunks.push(Buffer.from(`${line}\n`)),
      take: (chunk) => chunks.push(chunk),
      niceness,
    },
    steps,
  );
  process.stdout.write(Buffer.concat(chunks));
  return results;
}

async function runOn(stage: Stage, steps: readonly RunnableStep[]): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    const startedMs = performance.now();
    stage.say(`--- ${step.name}`);
    const isOk = "command" in step ? (await runCommand(step.command, stage)) === 0 : await runCheck(step.run, stage);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    stage.say(`--- ${step.name}: ${isOk ? "ok" : "FAILED"} (${seconds} s)`);
    results.push({ name: step.name, isOk });
  }
  return results;
}

async function runCheck(check: () => Promise<readonly string[]>, { say }: Stage): Promise<boolean> {
  const problems = await check();
  for (const problem of problems) say(problem);
  return problems.length === 0;
}

function runCommand([command, ...rest]: readonly [string, ...string[]], stage: Stage): Promise<number> {
  const { say, take, niceness } = stage;
  return new Promise((resolve) => {
    const output = take === undefined ? "inherit" : "pipe";
    const child = spawn(command, rest, { stdio: ["ignore", output, output] });
    if (child.pid !== undefined && niceness !== 0) setPriority(child.pid, niceness);
    if (take !== undefined) {
      child.stdout?.on("data", take);
      child.stderr?.on("data", take);
    }
    child.on("error", (error) => {
      say(`cannot start ${command}: ${error.message}`);
      resolve(1);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
}
