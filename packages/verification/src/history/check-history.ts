/**
 * Decides exactly, in one sorted sweep per key, whether a history is
 * linearizable as a max-register per key.
 *
 * For a read r of version v, start(r) = max(invocation of r, first invocation
 * of a write of v). The history is linearizable if and only if each read r has
 * start(r) <= its return, and no operation with a greater version returned
 * before start(r). This package's README.md argues why that is exact.
 *
 * Reads without an outcome say nothing. A write without an outcome can explain
 * reads and forbids none. A version may be written many times (redelivery): it
 * exists from its first invocation. "No record" has always existed.
 */
import { at } from "../engine/at.ts";
import { ABSENT_VERSION, type History } from "./history.ts";

export interface Violation {
  readonly kind:
    /** A read returned a version that no operation writes. */
    | "never-written"
    /** A read returned before any write of its version was invoked. */
    | "before-write"
    /** An operation with a greater version had returned before the read could begin. */
    | "stale";
  readonly key: string;
  readonly read: number;
  /** The first write of the version that the read returned. */
  readonly writeOfRead: number | null;
  /** For "stale": the operation with the greater version. */
  readonly newer: number | null;
  /** For "stale", where `newer` is a read: the first write of its version. */
  readonly writeOfNewer: number | null;
}

export interface HistoryVerdict {
  readonly operations: number;
  readonly keys: number;
  readonly reads: number;
  /** The number of wrong reads; the first few of them are in `violations`. */
  readonly wrongReads: number;
  readonly violations: readonly Violation[];
}

export const VIOLATIONS_MAX = 10;
const NONE = -1;

export function checkHistory(history: History): HistoryVerdict {
  const groups = groupByKey(history);
  const ranks = rankVersions(history);
  const violations: Violation[] = [];
  let wrongReads = 0;
  let reads = 0;
  for (const operations of groups) {
    const sweep = sweepKey(history, operations, ranks);
    reads += sweep.reads;
    wrongReads += sweep.violations.length;
    violations.push(...sweep.violations.slice(0, VIOLATIONS_MAX - violations.length));
  }
  return { operations: history.length, keys: groups.length, reads, wrongReads, violations };
}

/** The operations of each key, as runs of one array. */
function groupByKey(history: History): readonly Uint32Array[] {
  const ends = new Uint32Array(history.keys.size + 1);
  for (let index = 0; index < history.length; index++) {
    const next = history.keyOf(index) + 1;
    ends[next] = at(ends, next) + 1;
  }
  for (let key = 0; key < history.keys.size; key++) ends[key + 1] = at(ends, key + 1) + at(ends, key);
  const starts = ends.slice();
  const order = new Uint32Array(history.length);
  for (let index = 0; index < history.length; index++) {
    const key = history.keyOf(index);
    const position = at(starts, key);
    order[position] = index;
    starts[key] = position + 1;
  }
  return Array.from({ length: history.keys.size }, (_, key) => order.subarray(at(ends, key), at(ends, key + 1)));
}

/** The place of each version among all; only versions of one key are ever compared. */
function rankVersions(history: History): Int32Array {
  const names = Array.from({ length: history.versions.size }, (_, number) => history.versions.nameOf(number));
  const order = Uint32Array.from(names, (_, number) => number);
  order.sort((a, b) => (at(names, a) < at(names, b) ? -1 : 1));
  const ranks = new Int32Array(names.length);
  order.forEach((number, rank) => {
    ranks[number] = rank;
  });
  return ranks;
}

interface KeySweep {
  readonly reads: number;
  readonly violations: readonly Violation[];
}

function sweepKey(history: History, operations: Uint32Array, ranks: Int32Array): KeySweep {
  const firstWrites = findFirstWrites(history, operations);
  const startOf = (read: number): number => {
    const version = history.versionOf(read);
    const write = version === ABSENT_VERSION ? undefined : firstWrites.get(version);
    const invoke = history.invokeOf(read);
    return write === undefined ? invoke : Math.max(invoke, history.invokeOf(write));
  };
  const rankOf = (operation: number): number => {
    const version = history.versionOf(operation);
    return version === ABSENT_VERSION ? NONE : at(ranks, version);
  };
  const completed = operations.filter((operation) => history.returnOf(operation) !== Infinity);
  const reads = completed.filter((operation) => !history.isWrite(operation));
  const byStart = sortBy(reads, startOf);
  const byReturn = sortBy(completed, (operation) => history.returnOf(operation));
  const violations: Violation[] = [];
  let next = 0;
  let newest = NONE;
  let newestRank = NONE;
  for (const read of byStart) {
    const start = startOf(read);
    for (; next < byReturn.length; next++) {
      const operation = at(byReturn, next);
      if (history.returnOf(operation) >= start) break;
      if (rankOf(operation) <= newestRank) continue;
      newest = operation;
      newestRank = rankOf(operation);
    }
    const kind = judgeRead(history, read, { start, isBehind: newestRank > rankOf(read), firstWrites });
    if (kind !== null) violations.push(describe(history, { kind, read, newest, firstWrites }));
  }
  return { reads: reads.length, violations };
}

function findFirstWrites(history: History, operations: Uint32Array): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  for (const operation of operations) {
    if (!history.isWrite(operation)) continue;
    const version = history.versionOf(operation);
    const known = first.get(version);
    if (known === undefined || history.invokeOf(operation) < history.invokeOf(known)) {
      first.set(version, operation);
    }
  }
  return first;
}

interface ReadFacts {
  readonly start: number;
  /** An operation with a greater version returned before `start`. */
  readonly isBehind: boolean;
  readonly firstWrites: ReadonlyMap<number, number>;
}

function judgeRead(history: History, read: number, facts: ReadFacts): Violation["kind"] | null {
  const version = history.versionOf(read);
  if (version !== ABSENT_VERSION && !facts.firstWrites.has(version)) return "never-written";
  if (facts.start > history.returnOf(read)) return "before-write";
  return facts.isBehind ? "stale" : null;
}

function describe(
  history: History,
  found: {
    readonly kind: Violation["kind"];
    readonly read: number;
    readonly newest: number;
    readonly firstWrites: ReadonlyMap<number, number>;
  },
): Violation {
  const { kind, read, newest, firstWrites } = found;
  const newer = kind === "stale" ? newest : null;
  const firstWriteOf = (operation: number): number | null => firstWrites.get(history.versionOf(operation)) ?? null;
  return {
    kind,
    key: history.keys.nameOf(history.keyOf(read)),
    read,
    writeOfRead: firstWriteOf(read),
    newer,
    writeOfNewer: newer === null || history.isWrite(newer) ? null : firstWriteOf(newer),
  };
}

function sortBy(operations: Uint32Array, valueOf: (operation: number) => number): Uint32Array {
  return operations.toSorted((a, b) => valueOf(a) - valueOf(b));
}
