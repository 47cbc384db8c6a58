/**
 * Preloaded into the process that loads: writes, when it ends, how much memory it had at most and for how
 * long its event loop stood still at most. The largest resident set is the kernel's own figure.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ProcessFigures } from "./run-large-load.ts";

const FILE = process.env["LARGE_LOADS_FIGURES"];
const RESOLUTION_MS = 10;
const NS_PER_MS = 1_000_000;

if (FILE !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  process.once("exit", () => {
    const [, kib = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    const figures: ProcessFigures = {
      residentMiBMax: Math.round(Number(kib) / 1_024),
      blockMsMax: Math.round(delay.max / NS_PER_MS),
    };
    writeFileSync(FILE, JSON.stringify(figures));
  });
}
