/**
 * Checks key by key whether store, cache and the sent records are equal in the
 * end. A key must hold the newest of its records that was acknowledged as
 * reached, or a newer one that was only `erased`: that one may have been put
 * before its writer knew. A record that an erasure covers must not be there, and
 * one that an erasure covered once, or whose own life is over, need not.
 */
import { setTimeout as delay } from "node:timers/promises";
import { decodePayload } from "@trilane/feature-groups";
import type { Platform } from "@trilane/lane-kit";
import { chunked, type Explanation, eventTimeUsOf, itemAt, NO_VERSION, type StoredCopy } from "@trilane/write-through";
import { GROUP } from "../torture.config.ts";
import type { ErasureMonitor } from "@trilane/verification/history";
import type { SentRecord } from "../workload/sent-records.ts";

export interface EqualityAudit {
  readonly keys: number;
  readonly equal: number;
  /** The number of equal keys that the cache holds. */
  readonly cached: number;
  /** The number of fences that writes have left; reads of their keys go to the store. */
  readonly fences: number;
  readonly problems: readonly string[];
}

const KEYS_AT_ONCE = 50;
const US_PER_MS = 1_000;
const PROBLEMS_MAX = 5;
/** All faults are over, so a side that gives no answer for this long gives none at all. */
const ANSWER_WITHIN_MS = 30_000;
const ASK_AGAIN_MS = 200;

export interface EqualityFacts {
  readonly platform: Platform;
  readonly ids: readonly string[];
  /** The records of a key, in the order of event time. */
  readonly sentOf: (id: string) => readonly SentRecord[];
  /** Whether a delivery of the record was applied, superseded or a duplicate. */
  readonly isReached: (record: SentRecord) => boolean;
  readonly monitor: Pick<ErasureMonitor, "couldBeCovered" | "isCoveredInTheEnd">;
}

export async function auditEquality(facts: EqualityFacts): Promise<EqualityAudit> {
  const { platform, ids } = facts;
  const problems: string[] = [];
  let equal = 0;
  let cached = 0;
  let fences = 0;
  for (const some of chunked(ids, KEYS_AT_ONCE)) {
    const sides = await Promise.all(some.map((id) => explainAnswered(platform, id)));
    sides.forEach((side, index) => {
      const id = itemAt(some, index);
      const problem = differenceOf(side, possibleOf(id, facts), facts);
      if (problem === null) equal += 1;
      else problems.push(`${id}: ${problem}`);
      if (side.verdict === "agree") cached += 1;
      if (side.cache.kind === "got" && side.cache.entry.state === "fence") fences += 1;
    });
  }
  return { keys: ids.length, equal, cached, fences, problems: problems.slice(0, PROBLEMS_MAX) };
}

/** A side that timed out says nothing about equality, so it is asked again. */
async function explainAnswered({ reader }: Platform, id: string): Promise<Explanation> {
  const deadlineMs = performance.now() + ANSWER_WITHIN_MS;
  for (;;) {
    const explanation = await reader.explain(GROUP, { id });
    if (explanation.verdict !== "unknown" || performance.now() > deadlineMs) return explanation;
    await delay(ASK_AGAIN_MS);
  }
}

interface Possible {
  /** The records that the key may hold. */
  readonly records: readonly SentRecord[];
  /** Whether it may hold none of them: nothing, or only erased records, were sent. */
  readonly none: boolean;
}

function possibleOf(id: string, { sentOf, isReached }: EqualityFacts): Possible {
  const records = sentOf(id);
  const from = records.findLastIndex((record) => isReached(record));
  return { records: records.slice(Math.max(from, 0)), none: from === -1 };
}

/** Null when both are equal. */
function differenceOf({ store, verdict }: Explanation, possible: Possible, facts: EqualityFacts): string | null {
  if (store.kind === "failed") return store.error.message;
  if (verdict !== "agree" && verdict !== "store-answers") return `cache and store: ${verdict}`;
  const { version } = store.copy;
  if (version === NO_VERSION) return possible.none ? null : "the store holds nothing";
  const eventTimeUs = eventTimeUsOf(version);
  const sent = possible.records.find(({ atMs }) => atMs * US_PER_MS === eventTimeUs);
  if (sent !== undefined) return contentDifferenceOf(store.copy, sent, facts);
  const times = possible.records.map(({ atMs }) => atMs).join(", ");
  return `the store holds the event time ${eventTimeUs}, sent was ${times === "" ? "nothing" : `${times} ms`}`;
}

function contentDifferenceOf(
  { version, body }: StoredCopy,
  sent: SentRecord,
  { platform, monitor }: EqualityFacts,
): string | null {
  const payload = body?.payload ?? null;
  const isGone = payload === null || payload.length === 0;
  if (sent.n === null) return isGone ? null : "the store holds a record, sent was a delete";
  const subject = sent.owner === null ? null : platform.subjects.digestOf(sent.owner.name);
  if (isGone) {
    const mayBeGone = sent.lifeMs !== null || monitor.couldBeCovered(subject, version);
    return mayBeGone ? null : "the store holds a delete, sent was a record";
  }
  if (monitor.isCoveredInTheEnd(subject, version)) return "the store shows a record that is erased";
  const { n } = decodePayload(payload).features as { readonly n: number };
  return n === sent.n ? null : `the store holds n = ${n}, sent was ${sent.n}`;
}
