/**
 * Measures the longest times without an acknowledged write and without an
 * answered read.
 */
import type { History } from "@trilane/verification/history";

export interface Pauses {
  readonly longestWriteMs: number;
  readonly longestReadMs: number;
}

const NS_PER_MS = 1e6;

export function auditPauses(history: History): Pauses {
  const writes: number[] = [];
  const reads: number[] = [];
  for (let index = 0; index < history.length; index += 1) {
    const returned = history.returnOf(index);
    if (returned !== Infinity) (history.isWrite(index) ? writes : reads).push(returned);
  }
  return { longestWriteMs: longestGapMs(writes), longestReadMs: longestGapMs(reads) };
}

function longestGapMs(times: readonly number[]): number {
  const sorted = Float64Array.from(times).sort();
  let longest = 0;
  for (let index = 1; index < sorted.length; index += 1) {
    longest = Math.max(longest, (sorted[index] ?? 0) - (sorted[index - 1] ?? 0));
  }
  return Math.round(longest / NS_PER_MS);
}
