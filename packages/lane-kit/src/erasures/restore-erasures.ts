/**
 * Brings back what the table's list of erasures lost in a restore of the table,
 * from the second place, and lets it come into force. The sweeps begin anew,
 * because the restore brought the records back as well.
 */
import { CoreError, enforceAnnounced, type ErasureEntry, newErasureEntry } from "@trilane/write-through";
import type { Platform } from "../platform.ts";
import type { ErasureCopy } from "./erasure-copy.ts";

const RESTORED_AT_ONCE = 1_000;

/** @throws CoreError ERASURES_LOST where the second place has a gap; of the store */
export async function restoreErasures(
  { erasing }: Pick<Platform, "erasing">,
  copy: Pick<ErasureCopy, "readAfter">,
): Promise<readonly ErasureEntry[]> {
  const { last } = await erasing.erasures.readState();
  const entries = (await copy.readAfter(last)).map((kept) => newErasureEntry(kept, kept.number));
  const gap = entries.find(({ number }, index) => number !== last + 1 + index);
  if (gap !== undefined) {
    const problem = `the erasure before ${gap.number} is neither in the table nor in the second place`;
    throw new CoreError("ERASURES_LOST", `${problem}: were objects removed? Bring them back from a version or a copy`);
  }
  for (let from = 0; from < entries.length; from += RESTORED_AT_ONCE) {
    await erasing.erasures.restoreEntries(entries.slice(from, from + RESTORED_AT_ONCE));
  }
  await enforceAnnounced(erasing);
  return entries;
}
