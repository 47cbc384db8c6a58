/** Runs a program, and measures it together with the processes that it starts: time, CPU and memory. */
import { spawn } from "node:child_process";
import { endWithThis } from "../lanes/end-with-this.ts";
import { childIdsOf, childSeconds, residentMiB } from "../process-figures.ts";

export interface WatchedProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface WatchedEnd {
  readonly stdout: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The largest sum of the resident memory of all of its processes that was seen. */
  readonly memoryMiB: number;
}

const LOOK_MS = 20;
const MS_PER_SECOND = 1_000;
const STDERR_CHARACTERS_MAX = 2_000;

/** @throws Error with the end of what it said, where the program does not end with code 0 */
export async function runWatched({ command, args, environment }: WatchedProgram): Promise<WatchedEnd> {
  const before = { cpu: childSeconds(), ms: performance.now() };
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithThis(child);
  let [stdout, stderr, memoryMiB] = ["", "", 0];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const timer = setInterval(() => (memoryMiB = Math.max(memoryMiB, treeMiB(child.pid))), LOOK_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  }).finally(() => clearInterval(timer));
  if (code !== 0) throw new Error(`${command} ended with code ${code}: ${stderr.slice(-STDERR_CHARACTERS_MAX)}`);
  return {
    stdout,
    seconds: (performance.now() - before.ms) / MS_PER_SECOND,
    cpuSeconds: childSeconds() - before.cpu,
    memoryMiB,
  };
}

/** Memory that two processes share counts twice. */
function treeMiB(processId: number | undefined): number {
  if (processId === undefined) return 0;
  return childIdsOf(String(processId)).reduce((sum, id) => sum + treeMiB(Number(id)), residentMiB(String(processId)));
}
