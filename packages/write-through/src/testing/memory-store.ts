/** The store in memory, with the list of erasures. It keeps the same contracts as DynamoDB's. */
import type { Clock } from "../ports/clock.ts";
import { newErasureEntries } from "../erasure/new-erasure-entry.ts";
import {
  type BlockEntry,
  type ErasureBlocks,
  type ErasureEntry,
  type ErasureRequest,
  type ErasureState,
  type ErasureStore,
  type FormerSubjectKey,
  RECENT_MAX,
  type SweepState,
} from "../ports/erasures.ts";
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
  readonly #expiry = new Map<number, number>();
  #blocks: { readonly place: ErasureBlocks; readonly entries: readonly BlockEntry[] } | null = null;
  #sets = 0;
  #inForce = 0;
  #subjectKey: string | null = null;
  #formerSubjectKey: FormerSubjectKey | null = null;

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
    const nowMs = this.#clock.nowMs();
    const isThere = ({ number }: ErasureEntry): boolean => (this.#expiry.get(number) ?? nowMs + 1) > nowMs;
    return Promise.resolve(this.#erasures.slice(after, upTo).filter(isThere));
  }

  readEntries(after: number, upTo: number): Promise<readonly ErasureEntry[]> {
    return this.readTail(after, upTo);
  }

  readBlocks({ set }: ErasureBlocks, take: (entries: readonly BlockEntry[]) => void): Promise<"read" | "replaced"> {
    if (this.#blocks?.place.set !== set) return Promise.resolve("replaced");
    take(this.#blocks.entries);
    return Promise.resolve("read");
  }

  replaceBlocks(
    from: ErasureBlocks | null,
    upTo: number,
    entries: Iterable<BlockEntry>,
  ): Promise<ErasureBlocks | null> {
    const isFrom = (this.#blocks?.place.set ?? null) === (from?.set ?? null);
    if (!isFrom || upTo > this.#inForce) return Promise.resolve(null);
    this.#sets += 1;
    const place: ErasureBlocks = { upTo, set: `${upTo}-${this.#sets}`, count: 1 };
    this.#blocks = { place, entries: [...entries] };
    return Promise.resolve(place);
  }

  restoreEntries(entries: readonly ErasureEntry[]): Promise<void> {
    this.#erasures.push(...entries.filter(({ number }) => number > this.#erasures.length));
    return Promise.resolve();
  }

  expireEntry(number: number, expiresAtMs: number): Promise<void> {
    this.#expiry.set(number, expiresAtMs);
    return Promise.resolve();
  }

  announce(requests: readonly ErasureRequest[]): Promise<readonly ErasureEntry[]> {
    const { entries, added } = newErasureEntries(requests, this.#erasures.length, this.#erasures.slice(-RECENT_MAX));
    this.#erasures.push(...added);
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

  claimSubjectKey(fingerprint: string, former: string | null, atMs: number): Promise<string> {
    if (this.#subjectKey === null) this.#stateSubjectKey(fingerprint, former, atMs);
    return Promise.resolve(this.#subjectKey ?? fingerprint);
  }

  changeSubjectKey({ from, to, atMs }: Parameters<ErasureStore["changeSubjectKey"]>[0]): Promise<boolean> {
    const isFrom = this.#subjectKey === from && this.#formerSubjectKey === null;
    if (isFrom) this.#stateSubjectKey(to, from, atMs);
    return Promise.resolve(isFrom);
  }

  forgetFormerSubjectKey(fingerprint: string): Promise<boolean> {
    const isFormer = this.#formerSubjectKey?.fingerprint === fingerprint;
    if (isFormer) this.#formerSubjectKey = null;
    return Promise.resolve(isFormer);
  }

  #stateSubjectKey(fingerprint: string, former: string | null, changedAtMs: number): void {
    this.#subjectKey = fingerprint;
    if (former !== null) this.#formerSubjectKey = { fingerprint: former, upTo: this.#erasures.length, changedAtMs };
  }

  /** As a restore of the table from before them does. */
  forgetErasures(): void {
    this.#erasures.splice(0);
    this.#blocks = null;
    this.#inForce = 0;
  }

  get #erasureState(): ErasureState {
    return {
      last: this.#erasures.length,
      inForce: this.#inForce,
      blocks: this.#blocks?.place ?? null,
      subjectKey: this.#subjectKey,
      formerSubjectKey: this.#formerSubjectKey,
    };
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
