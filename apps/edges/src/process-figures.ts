/** Figures of processes, as the kernel of Linux counts them. */
import { readdirSync, readFileSync } from "node:fs";

const KIB_PER_MIB = 1_024;
const TICKS_PER_SECOND = 100;
/** The places of a process's times in its line, behind its name: its own, and those of ended children. */
const OWN_TIMES = [11, 12] as const;
const CHILD_TIMES = [13, 14] as const;

/** The children of a process; none of one that has ended. */
export function childIdsOf(processId: string): readonly string[] {
  try {
    return readdirSync(`/proc/${processId}/task`)
      .flatMap((task) => readFileSync(`/proc/${processId}/task/${task}/children`, "utf8").split(" "))
      .filter((id) => id !== "");
  } catch {
    return [];
  }
}

/** The memory that the process has now; 0 for one that has ended. */
export function residentMiB(processId: string): number {
  return statusMiB(processId, "VmRSS");
}

/** The largest memory that the process had so far; 0 for one that has ended. */
export function residentMiBMax(processId: string): number {
  return statusMiB(processId, "VmHWM");
}

/** The CPU time of this process's children that have ended, and of theirs. */
export function childSeconds(): number {
  return secondsOf("self", CHILD_TIMES);
}

/** The CPU time so far of a process that runs, and of its children that run. */
export function runningSeconds(processId: string): number {
  return childIdsOf(processId).reduce((sum, id) => sum + runningSeconds(id), secondsOf(processId, OWN_TIMES));
}

function secondsOf(processId: string, times: readonly number[]): number {
  const fields = (readFileSync(`/proc/${processId}/stat`, "utf8").split(") ")[1] ?? "").split(" ");
  return times.reduce((sum, at) => sum + Number(fields[at]), 0) / TICKS_PER_SECOND;
}

function statusMiB(processId: string, name: string): number {
  try {
    const status = readFileSync(`/proc/${processId}/status`, "utf8");
    const line = status.split("\n").find((text) => text.startsWith(`${name}:`)) ?? "";
    return Math.round(Number(/\d+/.exec(line)?.[0] ?? 0) / KIB_PER_MIB);
  } catch {
    return 0;
  }
}
