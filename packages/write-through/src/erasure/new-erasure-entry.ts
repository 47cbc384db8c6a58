/** The entries of the list that requests become. */
import type { ErasureEntry, ErasureRequest } from "../ports/erasures.ts";

/**
 * One entry per request. A request without an answer is sent again, and may be in the list already; `recent` are the
 * last entries of it.
 */
export function newErasureEntries(
  requests: readonly ErasureRequest[],
  last: number,
  recent: readonly ErasureEntry[],
): { readonly entries: readonly ErasureEntry[]; readonly added: readonly ErasureEntry[] } {
  const added: ErasureEntry[] = [];
  const entries = requests.map((request) => {
    const known = recent.find((entry) => isSameRequest(entry, request));
    if (known !== undefined) return known;
    const entry = newErasureEntry(request, last + added.length + 1);
    added.push(entry);
    return entry;
  });
  return { entries, added };
}

/** An entry whose sweeps are still to come. */
export function newErasureEntry(request: ErasureRequest, number: number): ErasureEntry {
  const { subject, kind, untilUs, id, by, atMs } = request;
  // A lift uncovers records, and has nothing to sweep.
  const phase = kind === "lift" ? "done" : "sweeping";
  const sweep = { phase, sweeps: 0, removed: 0, sinceMs: atMs, dueMs: atMs } as const;
  return { number, subject, kind, untilUs, id, by, atMs, sweep };
}

function isSameRequest(entry: ErasureRequest, { id, subject, kind, untilUs }: ErasureRequest): boolean {
  return entry.id === id && entry.subject === subject && entry.kind === kind && entry.untilUs === untilUs;
}
