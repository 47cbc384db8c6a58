/** A lane's program whose costs are counted (see `count-costs.ts`). */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LaneProgram, type RunningLane, startLane } from "../lanes/lane-program.ts";
import { type MetricValues, sumOf } from "../lanes/metrics-text.ts";
import type { Costs } from "./costs.ts";

export interface CountedLane {
  readonly running: RunningLane;
  /** All costs so far. */
  costs(): Promise<Costs>;
}

interface CostFile {
  readonly written: number;
  readonly costs: Costs;
}

const PRELOAD = new URL("./count-costs.ts", import.meta.url).href;
const LOOK_MS = 20;
const METRICS_LOOK_MS = 100;
const STDERR_CHARACTERS_MAX = 1_000;

export async function startCounted(program: LaneProgram): Promise<CountedLane> {
  const file = join(program.directory, `costs-${randomBytes(6).toString("hex")}.json`);
  const environment = { ...program.environment, COST_FILE: file, NODE_OPTIONS: `--import=${PRELOAD}` };
  const running = await startLane({ ...program, environment });
  let written = 0;
  return {
    running,
    async costs() {
      running.signal("SIGUSR2");
      const next = await newerThan(file, written, running.ended);
      written = next.written;
      return next.costs;
    },
  };
}

/** Runs a program to its end. @throws Error where it does not end with code 0 */
export async function costsOfProgram(program: LaneProgram): Promise<Costs> {
  const file = join(program.directory, `costs-${randomBytes(6).toString("hex")}.json`);
  const environment = { ...program.environment, COST_FILE: file, NODE_OPTIONS: `--import=${PRELOAD}` };
  const { exitCode, stderr } = await (await startLane({ ...program, environment })).ended;
  if (exitCode !== 0) throw new Error(`it ended with code ${exitCode}: ${stderr.slice(-STDERR_CHARACTERS_MAX)}`);
  return (JSON.parse(await readFile(file, "utf8")) as CostFile).costs;
}

/** Resolves when the metric of the process is at least so high. @throws Error where the process ends before */
export async function untilMetric({ running }: CountedLane, name: string, atLeast: number): Promise<void> {
  for (;;) {
    const values = await running.metrics();
    if (values !== null && valueOf(values, name) >= atLeast) return;
    await ifRunning(running.ended, METRICS_LOOK_MS);
  }
}

function valueOf(values: MetricValues, name: string): number {
  const [own = "", labels = ""] = name.split("{", 2);
  return sumOf(values, own, labels);
}

async function newerThan(file: string, written: number, ended: RunningLane["ended"]): Promise<CostFile> {
  for (;;) {
    const text = await readFile(file, "utf8").catch(() => "");
    const found = text === "" ? null : (JSON.parse(text) as CostFile);
    if (found !== null && found.written > written) return found;
    await ifRunning(ended, LOOK_MS);
  }
}

/** Waits a little. @throws Error where the process has ended */
async function ifRunning(ended: RunningLane["ended"], waitMs: number): Promise<void> {
  const end = await Promise.race([ended, sleep(waitMs, null)]);
  if (end !== null) throw new Error(`it ended with code ${end.exitCode}: ${end.stderr.slice(-STDERR_CHARACTERS_MAX)}`);
}
