/**
 * Removes from the table what erasures cover. The index says under which keys
 * a person has records; each that is still theirs, and not later than the
 * erasure, is replaced by a tombstone just above it. The tombstone goes through
 * the writer, so the cache loses its copy in the same way as by any write.
 *
 * The index lags behind the table, and a put may land late. So sweeps go on
 * until two of them, a lease apart, find nothing, and one more follows after a
 * rest. Whatever a sweep does not see, no reader is answered: the list refuses
 * it. A crash leaves the state of the last sweep that was kept, and the next
 * worker goes on from there.
 */
import { paired } from "../by-position.ts";
import type { CacheEpochAccess } from "../ports/cache-epoch-access.ts";
import type { TimeOfDay } from "../ports/clock.ts";
import type { CorePorts } from "../ports/core-ports.ts";
import type { ErasureEntry, ErasureStore, SweepState } from "../ports/erasures.ts";
import type { StoredBody, StoredCopy } from "../ports/store.ts";
import type { Erasure } from "../protocol/erasure.ts";
import { eventTimeUsOf, tombstoneVersionOf, type Version } from "../protocol/version.ts";
import type { CoreError } from "../errors.ts";
import type { Receipt } from "../write/receipts.ts";
import type { WriteRecord } from "../write/records.ts";
import { sendUntilSettled } from "../write/send-until-settled.ts";
import type { Writer } from "../write/writer.ts";

export interface SweepPorts extends Pick<CorePorts, "store" | "copies" | "clock" | "random"> {
  readonly cacheEpoch: Pick<CacheEpochAccess, "look" | "erasures">;
  readonly erasures: ErasureStore;
  readonly writer: Writer;
}

export interface SweepOptions {
  /** Milliseconds between two sweeps that find nothing: one lease. */
  readonly leaseMs: number;
  /** Milliseconds of rest before the last sweep. */
  readonly restMs: number;
  /** Milliseconds that a tombstone is kept from now on: as far back as a source may be replayed. */
  readonly replayHorizonMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The records that one sweep met. */
export interface Swept {
  /** Records of the subject that the erasure covers. */
  readonly found: number;
  /** Those of them by group. */
  readonly groups: Readonly<Record<string, number>>;
}

/**
 * One sweep of what an erasure covers.
 * @throws CoreError of the store, or of the first record that could not be replaced
 */
export async function sweepSubject(erasure: Erasure, ports: SweepPorts, options: SweepOptions): Promise<Swept> {
  const groups: Record<string, number> = {};
  let found = 0;
  for await (const keys of ports.erasures.keysOf(erasure.subject)) {
    options.signal?.throwIfAborted();
    const records = await tombstonesFor(keys, erasure, ports, options);
    if (records.length === 0) continue;
    const send = (left: readonly WriteRecord[]): Promise<readonly Receipt[]> =>
      ports.writer.write(left, { lane: "on-demand" });
    const receipts = await sendUntilSettled({ send, ...ports }, records, { signal: options.signal });
    for (const receipt of receipts) if (receipt.status === "failed") throw receipt.error;
    found += records.length;
    for (const { key } of records) countGroup(groups, key);
  }
  return { found, groups };
}

/** Counts the records that a sweep would find now, and changes nothing. @throws CoreError of the store */
export async function countCovered(
  erasure: Pick<Erasure, "subject" | "untilUs">,
  { erasures, store, copies }: Pick<SweepPorts, "erasures" | "store" | "copies">,
): Promise<Swept> {
  const groups: Record<string, number> = {};
  let found = 0;
  for await (const keys of erasures.keysOf(erasure.subject)) {
    if (keys.length === 0) continue;
    for (const [key, reply] of paired(keys, await store.read(keys))) {
      if (reply.kind === "failed") throw reply.error;
      if (!isCovered(reply.copy, erasure, copies)) continue;
      found += 1;
      countGroup(groups, key);
    }
  }
  return { found, groups };
}

function countGroup(groups: Record<string, number>, key: string): void {
  const group = key.slice(0, key.indexOf("#"));
  groups[group] = (groups[group] ?? 0) + 1;
}

async function tombstonesFor(
  keys: readonly string[],
  erasure: Erasure,
  { store, copies, writer, cacheEpoch }: SweepPorts,
  { replayHorizonMs }: SweepOptions,
): Promise<readonly WriteRecord[]> {
  if (keys.length === 0) return [];
  const nowMs = confirmedMs(writer.timeOfDay());
  const records = paired(keys, await store.read(keys)).flatMap(([key, reply]): readonly ErasedRecord[] => {
    if (reply.kind === "failed") throw reply.error;
    const { version, body } = reply.copy;
    return body !== null && isCovered(reply.copy, erasure, copies) ? [{ key, version, body }] : [];
  });
  if (records.length === 0) return [];
  // A lift may have ended the erasure while its sweeps went on. What came after the lift is not erased.
  await cacheEpoch.look();
  return records
    .filter(({ version }) => cacheEpoch.erasures.remainsErased(erasure.subject, version))
    .map(({ key, version, body }): WriteRecord => {
      const expiresAtMs = Math.max(body.expiresAtMs, nowMs + replayHorizonMs);
      return { key, version: tombstoneVersionOf(version), payload: null, expiresAtMs, populate: "if-cached" };
    });
}

interface ErasedRecord {
  readonly key: string;
  readonly version: Version;
  readonly body: StoredBody;
}

function isCovered(
  { version, body }: StoredCopy,
  { subject, untilUs }: Pick<Erasure, "subject" | "untilUs">,
  copies: SweepPorts["copies"],
): boolean {
  if (body === null || body.payload === null) return false;
  return copies.subjectOf(body) === subject && eventTimeUsOf(version) <= untilUs;
}

/** The state after a sweep that found `found` records, at `nowMs`. */
export function sweepStateAfter(
  { phase, sweeps, removed }: SweepState,
  found: number,
  nowMs: number,
  { leaseMs, restMs }: Pick<SweepOptions, "leaseMs" | "restMs">,
): SweepState {
  const counts = { sweeps: sweeps + 1, removed: removed + found, sinceMs: nowMs };
  if (found > 0) return { ...counts, phase: "sweeping", dueMs: nowMs };
  if (phase === "sweeping") return { ...counts, phase: "confirming", dueMs: nowMs + leaseMs };
  if (phase === "confirming") return { ...counts, phase: "resting", dueMs: nowMs + restMs };
  return { ...counts, phase: "done", dueMs: nowMs };
}

export interface SweepProgress {
  readonly entry: ErasureEntry;
  readonly swept: Swept;
}

export interface SweepAllOptions extends SweepOptions {
  readonly onSweep?: (progress: SweepProgress) => void;
}

/**
 * Sweeps until the erasure rests or is done.
 * @throws CoreError of the store
 */
export async function sweepUntilResting(
  entry: ErasureEntry,
  ports: SweepPorts,
  options: SweepAllOptions,
): Promise<ErasureEntry> {
  const [swept = entry] = await sweepAllUntilResting([entry], ports, options);
  return swept;
}

/**
 * The same for many, in any order. They take turns, so that the pause between two sweeps of one is the time in which the
 * others are swept.
 * @throws CoreError of the store
 */
export async function sweepAllUntilResting(
  entries: readonly ErasureEntry[],
  ports: SweepPorts,
  options: SweepAllOptions,
): Promise<readonly ErasureEntry[]> {
  const resting: ErasureEntry[] = [];
  const ends: SweepEnds = new Map();
  let turn = entries;
  while (turn.length > 0) {
    const next: ErasureEntry[] = [];
    for (const entry of turn) {
      if (isUnderWay(entry.sweep) || isDue(entry.sweep, ports))
        next.push(await sweepInTurn(entry, ports, options, ends));
      else resting.push(entry);
    }
    turn = next;
  }
  return resting;
}

/** When this process ended its last sweep of an erasure: elapsed milliseconds, by the erasure's number. */
type SweepEnds = Map<number, number>;

/** Waits until the next sweep is due, and returns what is known of the erasure after it. */
async function sweepInTurn(
  entry: ErasureEntry,
  ports: SweepPorts,
  options: SweepAllOptions,
  ends: SweepEnds,
): Promise<ErasureEntry> {
  options.signal?.throwIfAborted();
  const waitMs = waitMsBefore(entry, ports, options, ends.get(entry.number));
  if (waitMs > 0) await ports.clock.sleep(waitMs, options.signal);
  const swept = await sweepSubject(entry, ports, options);
  ends.set(entry.number, ports.clock.monotonicMs());
  const next = sweepStateAfter(entry.sweep, swept.found, confirmedMs(ports.writer.timeOfDay()), options);
  if (!(await ports.erasures.saveSweep(entry.number, entry.sweep, next))) {
    // Another worker sweeps the same erasure, and its state counts. An entry that has left the list is done.
    const [other] = await ports.erasures.readEntries(entry.number - 1, entry.number);
    return other ?? { ...entry, sweep: { ...entry.sweep, phase: "done" } };
  }
  const after = { ...entry, sweep: next };
  options.onSweep?.({ entry: after, swept });
  return after;
}

/**
 * The pause between two sweeps of one process goes by elapsed time, because a clock that is set must not shorten it. For
 * a sweep of another process only the time of day is known.
 */
function waitMsBefore(
  { sweep: { phase, dueMs } }: ErasureEntry,
  { writer, clock }: SweepPorts,
  { leaseMs }: SweepOptions,
  endedAtMs: number | undefined,
): number {
  const isOwnPause = phase === "confirming" && endedAtMs !== undefined;
  return isOwnPause ? endedAtMs + leaseMs - clock.monotonicMs() : dueMs - confirmedMs(writer.timeOfDay());
}

function isUnderWay({ phase }: SweepState): boolean {
  return phase === "sweeping" || phase === "confirming";
}

function isDue({ phase, dueMs }: SweepState, { writer }: SweepPorts): boolean {
  return phase === "resting" && dueMs <= confirmedMs(writer.timeOfDay());
}

function confirmedMs(time: TimeOfDay): number {
  if (time.kind === "confirmed") return time.nowMs;
  throw time.error satisfies CoreError;
}
