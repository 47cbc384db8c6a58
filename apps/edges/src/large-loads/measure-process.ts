/**
 * Preloaded into the process that is measured: writes, when it ends, how much
 * memory it had at most and for how long its event loop stood still at most. A
 * loop stands still because its thread computes, or because a busy machine
 * gives no core to the thread or to the garbage collector's helpers. The CPU
 * time of the thread tells the first from the second, so both are written.
 * The loop begins to turn when the modules are loaded; nothing is measured
 * before, since a process that starts has no other work that could wait.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import type { ProcessFigures } from "./measured-process.ts";

interface Moment {
  readonly atMs: number;
  /** The CPU time that the main thread has used. */
  readonly cpuMs: number;
}

const FILE = process.env["LARGE_LOADS_FIGURES"];
const EVERY_MS = 10;
const US_PER_MS = 1_000;
const KIB_PER_MIB = 1_024;

if (FILE !== undefined && isMainThread) {
  let [blockMsMax, computingMsMax] = [0, 0];
  let last: Moment | null = null;
  const look = (): void => {
    const now = moment();
    if (last !== null) {
      blockMsMax = Math.max(blockMsMax, now.atMs - last.atMs - EVERY_MS);
      computingMsMax = Math.max(computingMsMax, now.cpuMs - last.cpuMs);
    }
    last = now;
  };
  setInterval(look, EVERY_MS).unref();
  process.once("exit", () => {
    look();
    const figures: ProcessFigures = {
      residentMiBMax: residentMiBMax(),
      blockMsMax: Math.round(blockMsMax),
      computingMsMax: Math.round(computingMsMax),
    };
    writeFileSync(FILE, JSON.stringify(figures));
  });
}

function moment(): Moment {
  const { user, system } = process.threadCpuUsage();
  return { atMs: performance.now(), cpuMs: (user + system) / US_PER_MS };
}

/** The kernel's own figure. */
function residentMiBMax(): number {
  const [, kib = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Math.round(Number(kib) / KIB_PER_MIB);
}
