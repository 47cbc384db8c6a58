/**
 * Preloaded into the process that is measured: writes, when it ends, how much
 * memory it had at most and for how long its event loop stood still at most. A
 * loop stands still because of the process, or because the machine gave its
 * thread no core: the kernel counts the second, so both are told.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import type { ProcessFigures } from "./measured-process.ts";

interface Moment {
  readonly atMs: number;
  /** For how long this thread could have run, and had no core. */
  readonly waitedMs: number;
}

const FILE = process.env["LARGE_LOADS_FIGURES"];
const EVERY_MS = 10;
const NS_PER_MS = 1_000_000;
const KIB_PER_MIB = 1_024;

if (FILE !== undefined && isMainThread) {
  let [blockMsMax, ownBlockMsMax] = [0, 0];
  let last = moment();
  const look = (): void => {
    const now = moment();
    const blockMs = Math.max(0, now.atMs - last.atMs - EVERY_MS);
    const ownMs = Math.max(0, blockMs - (now.waitedMs - last.waitedMs));
    blockMsMax = Math.max(blockMsMax, blockMs);
    ownBlockMsMax = Math.max(ownBlockMsMax, ownMs);
    last = now;
  };
  setInterval(look, EVERY_MS).unref();
  process.once("exit", () => {
    look();
    const figures: ProcessFigures = {
      residentMiBMax: residentMiBMax(),
      blockMsMax: Math.round(blockMsMax),
      ownBlockMsMax: Math.round(ownBlockMsMax),
    };
    writeFileSync(FILE, JSON.stringify(figures));
  });
}

/** The second number of the file is in nanoseconds, of the main thread alone. */
function moment(): Moment {
  const [, waitedNs = "0"] = readFileSync("/proc/self/schedstat", "utf8").split(" ");
  return { atMs: performance.now(), waitedMs: Number(waitedNs) / NS_PER_MS };
}

/** The kernel's own figure. */
function residentMiBMax(): number {
  const [, kib = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Math.round(Number(kib) / KIB_PER_MIB);
}
