/** The entry of the list that a request becomes. */
import type { ErasureEntry, ErasureRequest } from "../ports/erasures.ts";

export function newErasureEntry(request: ErasureRequest, number: number): ErasureEntry {
  const { subject, kind, untilUs, id, by, atMs } = request;
  // A lift uncovers records, and has nothing to sweep.
  const phase = kind === "lift" ? "done" : "sweeping";
  const sweep = { phase, sweeps: 0, removed: 0, sinceMs: atMs, dueMs: atMs } as const;
  return { number, subject, kind, untilUs, id, by, atMs, sweep };
}
