/** Checks key by key whether store, cache and the sent records are equal in the end. */
import { setTimeout as delay } from "node:timers/promises";
import { decodePayload } from "@trilane/feature-groups";
import type { Platform } from "@trilane/lane-kit";
import { chunked, type Explanation, eventTimeUsOf, itemAt, NO_VERSION } from "@trilane/write-through";
import { GROUP } from "../torture.config.ts";
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

export async function auditEquality(
  platform: Platform,
  ids: readonly string[],
  newest: ReadonlyMap<string, SentRecord>,
): Promise<EqualityAudit> {
  const problems: string[] = [];
  let equal = 0;
  let cached = 0;
  let fences = 0;
  for (const some of chunked(ids, KEYS_AT_ONCE)) {
    const sides = await Promise.all(some.map((id) => explainAnswered(platform, id)));
    sides.forEach((side, index) => {
      const id = itemAt(some, index);
      const problem = differenceOf(side, newest.get(id));
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

/** Null when both are equal. */
function differenceOf({ store, verdict }: Explanation, sent: SentRecord | undefined): string | null {
  if (store.kind === "failed") return store.error.message;
  if (verdict !== "agree" && verdict !== "store-answers") return `cache and store: ${verdict}`;
  const { version, body } = store.copy;
  if (sent === undefined) return version === NO_VERSION ? null : `the store holds ${version}, nothing was sent`;
  if (version === NO_VERSION || body === null) return "the store holds nothing";
  const eventTimeUs = eventTimeUsOf(version);
  if (eventTimeUs !== sent.atMs * US_PER_MS)
    return `the store holds the event time ${eventTimeUs}, sent was ${sent.atMs} ms`;
  if (sent.n === null) return body.payload === null ? null : "the store holds a record, sent was a delete";
  if (body.payload === null) return "the store holds a delete, sent was a record";
  const { n } = decodePayload(body.payload).features as { readonly n: number };
  return n === sent.n ? null : `the store holds n = ${n}, sent was ${sent.n}`;
}
