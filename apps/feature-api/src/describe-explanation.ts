/**
 * Shows cache and store side by side, for people: states, versions and times,
 * never features.
 */
import { describePlace, formatTimeUs } from "@trilane/feature-groups";
import {
  type CacheGetReply,
  type Explanation,
  NO_VERSION,
  parseVersion,
  type CacheEpochMode,
  type StoredBody,
  type StoredCopy,
  type StoreReadReply,
  type Verdict,
  type Version,
} from "@trilane/write-through";
import { absentReason, ageMsOf, formatExpiry } from "./describe-result.ts";

/** One side. Parts that do not apply to its state are null. */
export interface DescribedSide {
  /**
   * `record`, `deleted`, `expired`, `erased`; `no-record`: it is known that there is none. The cache has three more: `nothing`:
   * it knows nothing of the key; `fence`: a write is or was under way; `lease`: a reader is filling. `failed`: the side
   * could not be read.
   */
  readonly state: "record" | "deleted" | "expired" | "erased" | "no-record" | "nothing" | "fence" | "lease" | "failed";
  /** The version of the record; of a fence, the highest version that may be under way. */
  readonly version: Version | null;
  readonly eventTime: string | null;
  /** The record's place in its source, in words. */
  readonly place: string | null;
  readonly ageMs: number | null;
  readonly expiresAt: string | null;
  readonly payloadBytes: number | null;
  /** Why the side could not be read. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface DescribedExplanation {
  /** The key under which both sides have it: the fields of the entity, or their digest where the group says so. */
  readonly key: string;
  readonly verdict: Verdict;
  readonly meaning: string;
  readonly epoch: number;
  /** Readers are answered from the cache only where the mode is "on". */
  readonly mode: CacheEpochMode;
  readonly cache: DescribedSide;
  readonly store: DescribedSide;
}

const MEANING: Readonly<Record<Verdict, string>> = {
  agree: "the cache holds what the store holds",
  "store-answers": "the cache holds no copy, so reads go to the store",
  "cache-behind": "the cache holds something older than the store: this must never happen, please report it",
  "cache-ahead":
    "the cache holds something newer than the store did: a write came between the two looks, the record has expired, or the store was restored",
  unknown: "a side could not be read",
};

const EMPTY: Omit<DescribedSide, "state"> = {
  version: null,
  eventTime: null,
  place: null,
  ageMs: null,
  expiresAt: null,
  payloadBytes: null,
  error: null,
};

export function describeExplanation(explanation: Explanation, nowMs: number): DescribedExplanation {
  const { key, verdict, epoch, mode } = explanation;
  return {
    key,
    verdict,
    meaning: MEANING[verdict],
    epoch,
    mode,
    cache: describeCache(explanation.cache, nowMs),
    store: describeStore(explanation.store, nowMs),
  };
}

const FOREIGN_MESSAGE =
  "the cache holds something that is not an entry, or is damaged; the next read removes it. Does another program write there?";

function describeCache(reply: CacheGetReply, nowMs: number): DescribedSide {
  if (reply.kind === "failed") return describeFailure(reply.error);
  const { entry } = reply;
  switch (entry.state) {
    case "absent":
      return { state: "nothing", ...EMPTY };
    case "clean":
      return describeCopy(entry.copy, nowMs);
    case "fence":
      return { state: "fence", ...EMPTY, ...describeVersion(entry.pending, nowMs) };
    case "lease":
      return { state: "lease", ...EMPTY, ...describeVersion(entry.floor, nowMs) };
    case "foreign":
      return describeFailure({ code: "CACHE_CORRUPT", message: FOREIGN_MESSAGE });
  }
}

function describeStore(reply: StoreReadReply, nowMs: number): DescribedSide {
  return reply.kind === "failed" ? describeFailure(reply.error) : describeCopy(reply.copy, nowMs);
}

function describeCopy({ version, body }: StoredCopy, nowMs: number): DescribedSide {
  if (body === null) return { ...EMPTY, state: "no-record" };
  const { payload, expiresAtMs } = body;
  const payloadBytes = payload === null || payload.length === 0 ? null : payload.length;
  const state = stateOf(version, { payload, expiresAtMs }, nowMs);
  return { state, ...EMPTY, ...describeVersion(version, nowMs), expiresAt: formatExpiry(expiresAtMs), payloadBytes };
}

function stateOf(version: Version, { payload, expiresAtMs }: StoredBody, nowMs: number): DescribedSide["state"] {
  if (payload === null || absentReason(version) === "deleted") return "deleted";
  if (payload.length === 0) return "erased";
  return expiresAtMs <= nowMs ? "expired" : "record";
}

function describeVersion(
  version: Version,
  nowMs: number,
): Pick<DescribedSide, "version" | "eventTime" | "place" | "ageMs"> {
  if (version === NO_VERSION) return { version: null, eventTime: null, place: null, ageMs: null };
  const { eventTimeUs, lane, place } = parseVersion(version);
  const words = `${lane}: ${describePlace(lane, place)}`;
  return { version, eventTime: formatTimeUs(eventTimeUs), place: words, ageMs: ageMsOf(eventTimeUs, nowMs) };
}

function describeFailure({ code, message }: { readonly code: string; readonly message: string }): DescribedSide {
  return { state: "failed", ...EMPTY, error: { code, message } };
}
