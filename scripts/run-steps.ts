/** Runs named steps one after the other, says how each went, and goes on after a failure. */
import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";

export type RunnableStep =
  | { readonly name: string; readonly command: readonly [string, ...string[]] }
  /** Resolves with what is wrong; nothing means all is well. */
  | { readonly name: string; readonly run: () => Promise<readonly string[]> };

/** Resolves with the exit code: 0 when all steps went well. */
export async function runSteps(steps: readonly RunnableStep[]): Promise<number> {
  const results = await runStepsEach(steps);
  return results.every(({ isOk }) => isOk) ? 0 : 1;
}

export async function runStepsEach(
  steps: readonly RunnableStep[],
): Promise<readonly { name: string; isOk: boolean }[]> {
  const results: { name: string; isOk: boolean }[] = [];
  for (const step of steps) {
    const startedMs = performance.now();
    console.log(`--- ${step.name}`);
    const isOk = "command" in step ? (await runCommand(step.command)) === 0 : await runCheck(step.run);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    console.log(`--- ${step.name}: ${isOk ? "ok" : "FAILED"} (${seconds} s)`);
    results.push({ name: step.name, isOk });
  }
  return results;
}

async function runCheck(check: () => Promise<readonly string[]>): Promise<boolean> {
  const problems = await check();
  for (const problem of problems) console.log(problem);
  return problems.length === 0;
}

function runCommand([command, ...rest]: readonly [string, ...string[]]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, rest, { stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (error) => {
      console.log(`cannot start ${command}: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
