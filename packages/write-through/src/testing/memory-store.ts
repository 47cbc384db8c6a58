/** The store in memory, behind the same contract as DynamoDB's. */
import type {
  RegimeRecord,
  RegimeStore,
  Store,
  StoredCopy,
  StorePut,
  StorePutReply,
  StoreReadReply,
} from "../ports/store.ts";
import { isSameRegime, type Regime } from "../protocol/regime.ts";
import { NO_VERSION } from "../protocol/version.ts";

const ABSENT_COPY: StoredCopy = { version: NO_VERSION, body: null };

export class MemoryStore implements Store, RegimeStore {
  readonly #copies = new Map<string, StoredCopy>();
  readonly #subjects = new Map<string, string>();
  #regime: RegimeRecord | null = null;

  put(puts: readonly StorePut[]): Promise<readonly StorePutReply[]> {
    return Promise.resolve(puts.map((put) => this.#putOne(put)));
  }

  read(keys: readonly string[]): Promise<readonly StoreReadReply[]> {
    return Promise.resolve(keys.map((key) => ({ kind: "found", copy: this.#copies.get(key) ?? ABSENT_COPY })));
  }

  readRegime(): Promise<RegimeRecord | null> {
    return Promise.resolve(this.#regime);
  }

  changeRegime(from: Regime | null, to: RegimeRecord): Promise<boolean> {
    const inForce = this.#regime;
    const isMine = inForce === null || from === null ? inForce === from : isSameRegime(inForce, from);
    if (isMine) this.#regime = to;
    return Promise.resolve(isMine);
  }

  /** The subject that the key's record is indexed under. */
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
