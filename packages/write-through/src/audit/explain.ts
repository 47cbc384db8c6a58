/**
 * Shows cache and store side by side for one key, and changes neither. Of a
 * record whose person was erased it shows the version, and no byte of the
 * payload.
 */
import type { CacheEntry, CacheGetReply } from "../ports/cache.ts";
import type { CorePorts } from "../ports/core-ports.ts";
import type { StoredCopy, StoreReadReply } from "../ports/store.ts";
import type { CacheEpoch, CacheEpochMode } from "../protocol/cache-epoch.ts";
import { NO_VERSION } from "../protocol/version.ts";

/**
 * How the two sides stand to each other:
 * - `agree`: the cache holds what the store holds;
 * - `store-answers`: the cache holds nothing, a fence or a lease, so reads go to the store;
 * - `cache-behind`: the cache holds something older. This must never be; please report it;
 * - `cache-ahead`: the cache holds something newer than this read of the store: a write came between the two looks, or
 *   the store was restored from a backup;
 * - `unknown`: one of the sides could not be read.
 */
export type Verdict = "agree" | "store-answers" | "cache-behind" | "cache-ahead" | "unknown";

export interface Explanation {
  readonly key: string;
  readonly epoch: number;
  /** Readers are answered from the cache only where the mode is "on". */
  readonly mode: CacheEpochMode;
  /** A copy of an erased record has {@link ERASED_PAYLOAD}. */
  readonly cache: CacheGetReply;
  readonly store: StoreReadReply;
  readonly verdict: Verdict;
}

/** The store is read first: a write between the two looks then shows as `cache-ahead`, never as `cache-behind`. */
export async function explainKey(key: string, ports: CorePorts): Promise<Explanation> {
  const [store] = await ports.store.read([key]);
  const { epoch, mode } = await cacheEpochOf(ports);
  const [cache] = await ports.cache.get(epoch, [key]);
  if (store === undefined || cache === undefined) throw new TypeError("a port returned no reply");
  const verdict = verdictOf(cache, store);
  return { key, epoch, mode, cache: withoutErased(cache, ports), store: storeWithoutErased(store, ports), verdict };
}

/** Stands for the payload of an erased record. No record has an empty payload. */
export const ERASED_PAYLOAD: Uint8Array = new Uint8Array();

function withoutErased(reply: CacheGetReply, ports: CorePorts): CacheGetReply {
  if (reply.kind === "failed" || reply.entry.state !== "clean") return reply;
  return { ...reply, entry: { ...reply.entry, copy: copyWithoutErased(reply.entry.copy, ports) } };
}

function storeWithoutErased(reply: StoreReadReply, ports: CorePorts): StoreReadReply {
  return reply.kind === "failed" ? reply : { ...reply, copy: copyWithoutErased(reply.copy, ports) };
}

function copyWithoutErased(copy: StoredCopy, { cacheEpoch, copies }: CorePorts): StoredCopy {
  const { version, body } = copy;
  if (body === null || body.payload === null) return copy;
  if (!cacheEpoch.erasures.refuses(copies.subjectOf(body) ?? undefined, version)) return copy;
  return { version, body: { ...body, payload: ERASED_PAYLOAD } };
}

async function cacheEpochOf({ cacheEpoch }: CorePorts): Promise<CacheEpoch> {
  if (cacheEpoch.known === null) await cacheEpoch.look();
  return cacheEpoch.known?.cacheEpoch ?? { epoch: 0, mode: "off" };
}

function verdictOf(cache: CacheGetReply, store: StoreReadReply): Verdict {
  if (cache.kind === "failed" || store.kind === "failed") return "unknown";
  return compareSides(cache.entry, store.copy);
}

function compareSides(entry: CacheEntry, copy: StoredCopy): Verdict {
  if (entry.state !== "clean") return "store-answers";
  const cached = entry.copy.version;
  if (cached === copy.version) return "agree";
  // A cached tombstone or record that the store has expired by now is not behind it.
  if (copy.version === NO_VERSION) return "cache-ahead";
  return cached < copy.version ? "cache-behind" : "cache-ahead";
}
