/** The store in memory. It keeps the same contract as DynamoDB's. */
import type { Clock } from "../ports/clock.ts";
import type {
  CacheEpochReading,
  CacheEpochRecord,
  CacheEpochStore,
  Store,
  StoredCopy,
  StorePut,
  StorePutReply,
  StoreReadReply,
} from "../ports/store.ts";
import { isSameCacheEpoch, type CacheEpoch } from "../protocol/cache-epoch.ts";
import { NO_VERSION } from "../protocol/version.ts";
import { systemClock } from "../system-clock.ts";

const MS_PER_SECOND = 1_000;
const ABSENT_COPY: StoredCopy = { version: NO_VERSION, body: null };

export class MemoryStore implements Store, CacheEpochStore {
  readonly #copies = new Map<string, StoredCopy>();
  readonly #subjects = new Map<string, string>();
  readonly #clock: Pick<Clock, "nowMs">;
  #cacheEpoch: CacheEpochRecord | null = null;

  /** @param clock the server's clock, of which it tells whole seconds, as HTTP does */
  constructor(clock: Pick<Clock, "nowMs"> = systemClock) {
    this.#clock = clock;
  }

  put(puts: readonly StorePut[]): Promise<readonly StorePutReply[]> {
    return Promise.resolve(puts.map((put) => this.#putOne(put)));
  }

  read(keys: readonly string[]): Promise<readonly StoreReadReply[]> {
    return Promise.resolve(keys.map((key) => ({ kind: "found", copy: this.#copies.get(key) ?? ABSENT_COPY })));
  }

  readCacheEpoch(): Promise<CacheEpochReading> {
    const serverTimeMs = Math.floor(this.#clock.nowMs() / MS_PER_SECOND) * MS_PER_SECOND;
    return Promise.resolve({ record: this.#cacheEpoch, serverTimeMs });
  }

  changeCacheEpoch(from: CacheEpoch | null, to: CacheEpochRecord): Promise<boolean> {
    const inForce = this.#cacheEpoch;
    const isMine = inForce === null || from === null ? inForce === from : isSameCacheEpoch(inForce, from);
    if (isMine) this.#cacheEpoch = to;
    return Promise.resolve(isMine);
  }

  /** The subject under which the key's record is indexed. */
  subjectOf(key: string): string | undefined {
    return this.#subjects.get(key);
  }

  #putOne({ key, version, body, subject }: StorePut): StorePutReply {
    const current = this.#copies.get(key) ?? ABSENT_COPY;
    if (current.version >= version) return { kind: "refused", current };
    this.#copies.set(key, { version, body });
    if (subject === undefined) this.#subjects.delete(key);
    else this.#subjects.set(key, subject);
    return { kind: "stored" };
  }
}
