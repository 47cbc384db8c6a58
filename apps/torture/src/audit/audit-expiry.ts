/**
 * Checks records with a life of their own against the true time: none is
 * answered long after its end, and none is hidden, or taken for expired on
 * arrival, long before it.
 *
 * A record that is expired on arrival is written as a version without payload,
 * the tombstone just above it. A sweep leaves the same tombstone, so a read of
 * one says nothing about expiry.
 */
import type { History } from "@trilane/verification/history";
import { eventTimeUsOf, isVersion, tombstoneVersionOf } from "@trilane/write-through";

export interface ExpiryAudit {
  /** The writes of records that were expired on arrival. */
  readonly expired: number;
  /** The reads that found a record to be over. */
  readonly hidden: number;
  readonly wrong: number;
  readonly problems: readonly string[];
}

export interface ExpiryFacts {
  readonly history: History;
  /** The invocation of the history's first operation. */
  readonly originNs: number;
  /** How far the true time is ahead of the histories' clock. */
  readonly aheadMs: number;
  /** By key and event time in milliseconds: the end of a record's own life; undefined where it has none. */
  readonly endOf: (key: string, atMs: number) => number | undefined;
}

/**
 * The time of day that a process confirms may be wrong by this much: its own clock may differ from the store's by 5 s,
 * and the store tells whole seconds.
 */
const CONFIRMED_WITHIN_MS = 7_000;
const NS_PER_MS = 1e6;
const US_PER_MS = 1_000;
const PROBLEMS_MAX = 5;

export function auditExpiry(facts: ExpiryFacts): ExpiryAudit {
  const { history } = facts;
  const problems: string[] = [];
  const counts = { expired: 0, hidden: 0 };
  for (let index = 0; index < history.length; index += 1) {
    const judgement = judge(index, facts);
    if (judgement === null) continue;
    const { kind, wrongByMs } = judgement;
    if (kind !== "answered") counts[kind] += 1;
    if (wrongByMs <= CONFIRMED_WITHIN_MS) continue;
    problems.push(
      `line ${history.lineOf(index)}: ${history.read(index).key}: ${kind}, ${SAYS[kind]} by ${wrongByMs} ms`,
    );
  }
  return { ...counts, wrong: problems.length, problems: problems.slice(0, PROBLEMS_MAX) };
}

type Kind = "answered" | "hidden" | "expired";

const SAYS: Readonly<Record<Kind, string>> = {
  answered: "after the end of its own life",
  hidden: "before the end of its own life",
  expired: "before the end of its own life",
};

/** Null where the operation says nothing about a record's own life. */
function judge(
  index: number,
  { history, originNs, aheadMs, endOf }: ExpiryFacts,
): { readonly kind: Kind; readonly wrongByMs: number } | null {
  const { key, version, invoke, return: returned, op } = history.read(index);
  if (version === null || returned === null || !isVersion(version)) return null;
  const endMs = endOf(key, eventTimeUsOf(version) / US_PER_MS);
  if (endMs === undefined) return null;
  const trueMs = (ns: number): number => (originNs + ns) / NS_PER_MS + aheadMs;
  const earlyMs = Math.round(endMs - trueMs(returned));
  if (tombstoneVersionOf(version) === version) {
    // What a superseded receipt implies has no duration, and may be the tombstone of a sweep.
    return op === "write" && invoke < returned ? { kind: "expired", wrongByMs: earlyMs } : null;
  }
  if (op === "write") return null;
  if (!history.hasFound(index)) return { kind: "hidden", wrongByMs: earlyMs };
  return { kind: "answered", wrongByMs: Math.round(trueMs(invoke) - endMs) };
}
