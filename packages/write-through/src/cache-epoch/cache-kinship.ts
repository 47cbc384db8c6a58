/**
 * Decides whether the cache of this process is the one that the cache epoch
 * record is about.
 *
 * A cache that was flushed or replaced holds nothing that distinguishes it from
 * a foreign cache, so a cache is known by its name, which is configured in each
 * process. The same cache may have several names, such as an address behind a
 * proxy and a name in the DNS. So a different name proves nothing, while the
 * guard does: only one server was given the guard of an epoch, and a process
 * that sees it there has that cache.
 */
import { CoreError } from "../errors.ts";
import type { CacheEpochRecord } from "../ports/store.ts";

export class CacheKinship {
  readonly #ownName: string | null;
  /** The latest epoch whose guard was seen in this process's cache. */
  #guardedEpoch: number | null = null;

  /** @param ownName null: this process takes its cache for the record's, whatever its name is. */
  constructor(ownName: string | null) {
    this.#ownName = ownName;
  }

  sawGuard(epoch: number): void {
    this.#guardedEpoch = epoch;
  }

  /** True where the record has another name and the guard of its epoch was not seen in this process's cache. */
  isOther(record: CacheEpochRecord): boolean {
    return areNamesOther(this.#ownName, record.cacheName) && this.#guardedEpoch !== record.epoch;
  }

  errorOf(record: CacheEpochRecord): CoreError {
    return foreignCache(this.#ownName, record.cacheName);
  }
}

/** An unknown name does not differ from any name. */
export function areNamesOther(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other;
}

export function foreignCache(ownName: string | null, recordName: string | null): CoreError {
  const message =
    `this process's cache is ${ownName}, and the table's is ${recordName}: two caches for one table give stale reads, ` +
    "so this one is not used. Set TRILANE_CACHE_URL to the table's cache; where both are the same cache under two " +
    "addresses, set the same TRILANE_CACHE_NAME in every process; to move the table to another cache: " +
    "`trilane cache off`, restart every process with the new address, `trilane cache on --move`";
  return new CoreError("CACHE_FOREIGN", message, {
    fields: { ownCache: ownName ?? "", tableCache: recordName ?? "" },
  });
}
