/** The store in memory, with the list of erasures. It keeps the same contracts as DynamoDB's. */
import type { Clock } from "../ports/clock.ts";
import { newErasureEntry } from "../erasure/new-erasure-entry.ts";
import type { ErasureEntry, ErasureRequest, ErasureState, ErasureStore, SweepState } from "../ports/erasures.ts";
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
import type { SubjectDigest } from "../protocol/erasure.ts";
import { NO_VERSION } from "../protocol/version.ts";
import { systemClock } from "../system-clock.ts";

const MS_PER_SECOND = 1_000;
const ABSENT_COPY: StoredCopy = { version: NO_VERSION, body: null };

export class MemoryStore implements Store, CacheEpochStore, ErasureStore {
  readonly #copies = new Map<string, StoredCopy>();
  readonly #subjects = new Map<string, string>();
  readonly #clock: Pick<Clock, "nowMs">;
  #cacheEpoch: CacheEpochRecord | null = null;
  readonly #erasures: ErasureEntry[] = [];
  #inForce = 0;
  #subjectKey: string | null = null;

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
    return Promise.resolve({ record: this.#cacheEpoch, serverTimeMs, erasures: this.#erasureState });
  }

  changeCacheEpoch(from: CacheEpoch | null, to: CacheEpochRecord): Promise<boolean> {
    const inForce = this.#cacheEpoch;
    const isMine = inForce === null || from === null ? inForce === from : isSameCacheEpoch(inForce, from);
    if (isMine) this.#cacheEpoch = to;
    return Promise.resolve(isMine);
  }

  readState(): Promise<ErasureState> {
    return Promise.resolve(this.#erasureState);
  }

  readTail(after: number, upTo: number): Promise<readonly ErasureEntry[]> {
    return Promise.resolve(this.#erasures.slice(after, upTo));
  }

  readEntries(after: number, upTo: number): Promise<readonly ErasureEntry[]> {
    return this.readTail(after, upTo);
  }

  readBlocks(): Promise<"replaced"> {
    return Promise.resolve("replaced");
  }

  announce(requests: readonly ErasureRequest[]): Promise<readonly ErasureEntry[]> {
    const entries = requests.map((request, index) => newErasureEntry(request, this.#erasures.length + 1 + index));
    this.#erasures.push(...entries);
    return Promise.resolve(entries);
  }

  enforce(number: number): Promise<void> {
    this.#inForce = Math.max(this.#inForce, number);
    return Promise.resolve();
  }

  async *openErasures(): AsyncGenerator<number> {
    yield* this.#erasures.filter(({ sweep }) => sweep.phase !== "done").map(({ number }) => number);
  }

  saveSweep(number: number, from: SweepState, to: SweepState): Promise<boolean> {
    const entry = this.#erasures[number - 1];
    if (entry === undefined || entry.sweep.sweeps !== from.sweeps || entry.sweep.phase !== from.phase) {
      return Promise.resolve(false);
    }
    this.#erasures[number - 1] = { ...entry, sweep: to };
    return Promise.resolve(true);
  }

  async *keysOf(subject: SubjectDigest): AsyncGenerator<readonly string[]> {
    yield [...this.#subjects].filter(([, own]) => own === subject).map(([key]) => key);
  }

  claimSubjectKey(fingerprint: string): Promise<string> {
    this.#subjectKey ??= fingerprint;
    return Promise.resolve(this.#subjectKey);
  }

  /** As a restore of the table from before them does. */
  forgetErasures(): void {
    this.#erasures.splice(0);
    this.#inForce = 0;
  }

  get #erasureState(): ErasureState {
    return { last: this.#erasures.length, inForce: this.#inForce, blocks: null, subjectKey: this.#subjectKey };
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
