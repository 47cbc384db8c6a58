/**
 * An audit's verdict on one key. It is stricter than the verdict of an
 * explanation: it compares the bytes of two copies of one version, and it knows
 * fences and foreign values.
 *
 * Everything here is pure. A write between the two looks of an explanation
 * shows as a mismatch, so an audit looks again before it reports one.
 */
import type { Explanation } from "./explain.ts";
import type { CacheEntry } from "../ports/cache.ts";
import type { StoredBody, StoredCopy } from "../ports/store.ts";

/**
 * - `agree`, `store-answers`: both sides are as they should be;
 * - `cache-behind`: the cache holds a copy that is older than the store. This must never be;
 * - `wrong-payload`: the cache holds the stored version with other bytes or another expiry. This must never be;
 * - `foreign`: one of the sides holds something that is not ours, or a damaged copy. This must never be: another
 *   program writes there. The next read heals the cache's side;
 * - `cache-ahead`: the cache holds a copy that the store does not have: the store was restored, was changed by hand, or
 *   has removed an expired record;
 * - `orphaned-fence`: a fence is there although the store has what it announced, or has not had it for long: a write
 *   was not published, or was abandoned. Reads are right, because they go to the store;
 * - `expired-copy`: readers treat the copy as absent, and the cache is about to remove it;
 * - `unknown`: one of the sides could not be read.
 */
export type AuditVerdict =
  | "agree"
  | "store-answers"
  | "cache-behind"
  | "wrong-payload"
  | "foreign"
  | "cache-ahead"
  | "orphaned-fence"
  | "expired-copy"
  | "unknown";

export const auditVerdicts: readonly AuditVerdict[] = [
  "agree",
  "store-answers",
  "expired-copy",
  "orphaned-fence",
  "cache-ahead",
  "cache-behind",
  "wrong-payload",
  "foreign",
  "unknown",
];

/** The verdicts that neither a fault nor the timing explains. */
export const violations: ReadonlySet<AuditVerdict> = new Set(["cache-behind", "wrong-payload", "foreign"]);

/** A fence counts as orphaned at the first look, so the caller looks again. */
export function auditVerdictOf({ cache, store, mode, verdict }: Explanation, nowMs: number): AuditVerdict {
  if (isForeign(cache) || isForeign(store)) return "foreign";
  // No reader is answered from a cache that is off or warm.
  if (mode !== "on" && store.kind === "found") return "store-answers";
  if (cache.kind === "failed" || store.kind === "failed") return "unknown";
  return verdictOfSides(cache.entry, store.copy, nowMs) ?? verdict;
}

function isForeign(side: Explanation["cache"] | Explanation["store"]): boolean {
  if (side.kind === "got") return side.entry.state === "foreign";
  return side.kind === "failed" && ["CACHE_CORRUPT", "STORE_CORRUPT"].includes(side.error.code);
}

/** Null: the explanation's verdict stands. */
function verdictOfSides(entry: CacheEntry, stored: StoredCopy, nowMs: number): AuditVerdict | null {
  if (entry.state === "fence") return "orphaned-fence";
  if (entry.state !== "clean") return null;
  const { version, body } = entry.copy;
  if (body !== null && body.expiresAtMs <= nowMs) return "expired-copy";
  return version === stored.version && !isSameBody(body, stored.body) ? "wrong-payload" : null;
}

function isSameBody(left: StoredBody | null, right: StoredBody | null): boolean {
  if (left === null || right === null) return left === right;
  if (left.expiresAtMs !== right.expiresAtMs) return false;
  if (left.payload === null || right.payload === null) return left.payload === right.payload;
  return Buffer.compare(left.payload, right.payload) === 0;
}

/** A text that differs between two states of a key, so that a second look can tell whether anything has changed. */
export function fingerprintOf({ cache, store }: Explanation): string {
  const sides = [cache.kind === "got" ? entryText(cache.entry) : cache.error.code, storeText(store)];
  return sides.join(" ");
}

function entryText(entry: CacheEntry): string {
  switch (entry.state) {
    case "absent":
      return "absent";
    case "clean":
      return `clean ${entry.copy.version}`;
    case "fence":
      return `fence ${entry.id} ${entry.pending}`;
    case "lease":
      return `lease ${entry.token} ${entry.floor}`;
    case "foreign":
      return "foreign";
  }
}

function storeText(store: Explanation["store"]): string {
  return store.kind === "found" ? store.copy.version : store.error.code;
}
