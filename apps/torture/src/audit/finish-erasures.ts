/**
 * Brings the erasures of a run to their end after its processes have ended:
 * every sweep to its rest and beyond; and then, by the command, one more erasure
 * of everybody who was erased in the run. A put that has landed after the last
 * sweep of its erasure is removed by the next one, which this is.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { eraseFromQueueOf } from "@trilane/job-worker";
import { confirmedNowMs, type ErasureReport, erasureRound, type Platform } from "@trilane/lane-kit";
import { CoreError, type ErasureEntry } from "@trilane/write-through";
import type { TortureProcesses } from "../torture-processes.ts";
import { runEraseCommand } from "../workload/erase-load.ts";
import type { Persons } from "../workload/persons.ts";

const RESTED_WITHIN_MS = 120_000;
const ROUND_PAUSE_MS = 250;

/** Sweeps until nothing is left to sweep. Returns all of the list. @throws Error when it does not come to an end */
export async function restErasures(platform: Platform, queue: string): Promise<readonly ErasureEntry[]> {
  const { erasures } = platform.erasing;
  const untilMs = performance.now() + RESTED_WITHIN_MS;
  const eraseElsewhere = async (nowMs: number): Promise<void> => {
    await eraseFromQueueOf(platform, { queue, nowMs });
  };
  for (;;) {
    const open = await erasureRound({ platform, eraseElsewhere }).then((round) => round.open, unlessOfCore);
    if (open === 0) break;
    if (performance.now() > untilMs) throw new Error(`${open ?? "some"} erasures are not swept to their end`);
    await delay(ROUND_PAUSE_MS);
  }
  return erasures.readEntries(0, (await erasures.readState()).last);
}

/** A round that fails begins anew. */
function unlessOfCore(error: unknown): null {
  if (error instanceof CoreError) return null;
  throw error;
}

/** The report of the last erasure; null where nobody was erased in the run. */
export async function eraseAllAgain(options: {
  readonly platform: Platform;
  readonly processes: TortureProcesses;
  readonly persons: Persons;
  readonly entries: readonly ErasureEntry[];
}): Promise<{ readonly report: ErasureReport | null; readonly names: readonly string[] }> {
  const { platform, processes, persons, entries } = options;
  const erased = new Set(entries.map(({ subject }) => subject));
  const names = persons.all.map(({ name }) => name).filter((name) => erased.has(platform.subjects.digestOf(name)));
  if (names.length === 0) return { report: null, names };
  // The records of the run have event times up to this moment.
  const until = new Date(confirmedNowMs(platform)).toISOString();
  return { report: await runEraseCommand(processes, { names, flags: ["--until", until], client: "conductor" }), names };
}
