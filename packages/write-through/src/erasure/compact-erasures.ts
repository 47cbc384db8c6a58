/**
 * Packs the erasures in force into blocks, so that a process that starts reads
 * a few large items instead of one per erasure. An erasure leaves the blocks
 * when every record that it could refuse has expired; a permanent one stays.
 *
 * The blocks are a new set each time, and count once the cache epoch record
 * names them. A crash before that leaves the list as it was. A crash after it
 * leaves entries in the list that are in the blocks as well, which costs a few
 * bytes and nothing else.
 */
import type { BlockEntry, ErasureBlocks, ErasureEntry, ErasureStore } from "../ports/erasures.ts";
import { enforceErasure, PERMANENT_US } from "../protocol/erasure.ts";
import { ErasedSubjects } from "./erased-subjects.ts";

export interface CompactOptions {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Milliseconds after its `until` for which an erasure may still refuse a record: the longest ttl and the replay horizon. */
  readonly keepMs: number;
  /** Fewer new erasures in force than this are left in the list. Default 1. */
  readonly erasuresMin?: number;
}

export type Compacted =
  | { readonly kind: "compacted"; readonly blocks: ErasureBlocks; readonly kept: number; readonly dropped: number }
  | { readonly kind: "too-few"; readonly erasures: number }
  /** Another process compacted the list at the same time. */
  | { readonly kind: "replaced" };

const US_PER_MS = 1_000;
/** Erasures in one read of the list. */
const READ_MAX = 1_000;
/** `erase ls` shows an erasure for at least this time. */
const SHOWN_MS_MIN = 30 * 86_400_000;

/** @throws CoreError of the store */
export async function compactErasures(erasures: ErasureStore, options: CompactOptions): Promise<Compacted> {
  const { blocks: from, inForce } = await erasures.readState();
  const packedUpTo = from?.upTo ?? 0;
  const added = inForce - packedUpTo;
  if (added < (options.erasuresMin ?? 1)) return { kind: "too-few", erasures: added };
  const subjects = new ErasedSubjects();
  if (from !== null && (await readInto(subjects, from, erasures)) === "replaced") return { kind: "replaced" };
  const packed: ErasureEntry[] = [];
  for (let after = packedUpTo; after < inForce; after += READ_MAX) {
    const entries = await erasures.readEntries(after, Math.min(inForce, after + READ_MAX));
    for (const entry of entries) {
      const inForceNow = enforceErasure(subjects.get(entry.subject), entry);
      if (inForceNow !== null) subjects.set(entry.subject, inForceNow);
    }
    packed.push(...entries);
  }
  // Another process that was first may have let entries go meanwhile; the blocks that it wrote count.
  if (packed.length !== added) return { kind: "replaced" };
  const count = { kept: 0, dropped: 0 };
  const blocks = await erasures.replaceBlocks(from, inForce, remaining(subjects, options, count));
  if (blocks === null) return { kind: "replaced" };
  for (const { number, untilUs } of packed) {
    const expiresAtMs = lastUseMs(untilUs, options);
    if (expiresAtMs !== null) await erasures.expireEntry(number, Math.max(expiresAtMs, options.nowMs + SHOWN_MS_MIN));
  }
  return { kind: "compacted", blocks, ...count };
}

async function readInto(
  subjects: ErasedSubjects,
  blocks: ErasureBlocks,
  erasures: ErasureStore,
): Promise<"read" | "replaced"> {
  return erasures.readBlocks(blocks, (entries) => {
    for (const { subject, untilUs, number } of entries) subjects.set(subject, { untilUs, number });
  });
}

function* remaining(
  subjects: ErasedSubjects,
  options: CompactOptions,
  count: { kept: number; dropped: number },
): Generator<BlockEntry> {
  for (const [subject, { untilUs, number }] of subjects.entries()) {
    const expiresAtMs = lastUseMs(untilUs, options);
    const isKept = expiresAtMs === null || expiresAtMs > options.nowMs;
    if (isKept) count.kept += 1;
    else count.dropped += 1;
    if (isKept) yield { subject, untilUs, number };
  }
}

/** Milliseconds since 1970 until which the erasure may refuse a record; null for always. */
function lastUseMs(untilUs: number, { keepMs }: CompactOptions): number | null {
  return untilUs === PERMANENT_US ? null : Math.ceil(untilUs / US_PER_MS) + keepMs;
}
