/**
 * A writer over a store that keeps no more than the version of each key, which
 * is all that decides about a put, so that millions of keys fit into memory.
 * It answers no features.
 */
import {
  type Clock,
  createNextId,
  NO_VERSION,
  plainCopies,
  Reader,
  type Store,
  type StoredCopy,
  type Version,
  Writer,
} from "@trilane/write-through";
import { MemoryCache, openSteadyCacheEpoch } from "@trilane/write-through/testing";

export interface VersionsCore {
  readonly writer: Writer;
  readonly reader: Reader;
  keys(): number;
  /** The number of writes that the store was asked for. */
  puts(): number;
}

/** Lives of copies in the cache that are over at once, as those of entries that were evicted. */
const EVICTED = { ttlMs: 0, negativeTtlMs: 0 };

export async function openVersionsCore(clock: Clock): Promise<VersionsCore> {
  const versions = new Map<string, Version>();
  let puts = 0;
  const copyOf = (key: string): StoredCopy => ({ version: versions.get(key) ?? NO_VERSION, body: null });
  const store: Store = {
    put(some) {
      puts += some.length;
      const replies = some.map(({ key, version }) => {
        const current = copyOf(key);
        if (current.version >= version) return { kind: "refused", current } as const;
        versions.set(key, version);
        return { kind: "stored" } as const;
      });
      return Promise.resolve(replies);
    },
    read: (keys) => Promise.resolve(keys.map((key) => ({ kind: "found", copy: copyOf(key) }))),
  };
  const cache = new MemoryCache(clock);
  const cacheEpoch = await openSteadyCacheEpoch(cache, clock);
  const emit = (): void => undefined;
  const given = { store, cache, clock, random: () => 0, nextId: createNextId(), emit, cacheEpoch, copies: plainCopies };
  const ports = { ...given, lifetime: EVICTED };
  return { writer: new Writer(ports), reader: new Reader(ports), keys: () => versions.size, puts: () => puts };
}
