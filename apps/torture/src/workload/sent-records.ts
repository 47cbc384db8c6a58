/**
 * All records that any lane is sent: the oracle. Every record has an event time
 * of its own, so it is clear which one each key must hold in the end.
 */
import type { Random } from "@trilane/write-through";

export interface SentRecord {
  readonly id: string;
  /** Milliseconds since 1970; no two records share it. */
  readonly atMs: number;
  /** Null: a delete. */
  readonly n: number | null;
}

/** A put in the form of JSON. */
export interface SensorFields {
  readonly id: string;
  readonly at: number;
  readonly n: number;
  readonly pad: string;
}

const PAD_CHARACTERS_MAX = 1_200;
/** Each record is one millisecond later than the one before it, and much fewer than a thousand are sent in a second. */
const AGE_OF_FIRST_MS = 60_000;
/** The maximum of records that wait to be sent late. */
const KEPT_BACK_MAX = 4_000;

export class SentRecords {
  readonly #newest = new Map<string, SentRecord>();
  readonly #all: SentRecord[] = [];
  readonly #keptBack: SentRecord[] = [];
  #atMs: number;

  /**
   * @param startMs the present; event times begin a minute before it, so that for a clock that is behind they are ahead
   */
  constructor(startMs: number) {
    this.#atMs = startMs - AGE_OF_FIRST_MS;
  }

  /** Every record, in the order of event time. */
  get all(): readonly SentRecord[] {
    return this.#all;
  }

  /** The record that each key must hold in the end. */
  get newest(): ReadonlyMap<string, SentRecord> {
    return this.#newest;
  }

  /** A new record, newer than all before it. The caller sends it. */
  next(id: string, kind: "put" | "delete" = "put"): SentRecord {
    this.#atMs += 1;
    const record = { id, atMs: this.#atMs, n: kind === "put" ? this.#all.length : null };
    this.#all.push(record);
    this.#newest.set(id, record);
    return record;
  }

  /** A put that is made now and that some lane will send late. */
  keepBack(id: string): void {
    if (this.#keptBack.length < KEPT_BACK_MAX) this.#keptBack.push(this.next(id));
  }

  /** Some of the records that were kept back, in random order; all of them where `count` allows it. */
  takeLate(random: Random, count: number): readonly SentRecord[] {
    return Array.from({ length: Math.min(count, this.#keptBack.length) }, () => {
      const at = Math.floor(random() * this.#keptBack.length);
      return this.#keptBack.splice(at, 1);
    }).flat();
  }

  /** A record that was sent before, to be sent again; null where there is none yet. */
  again(random: Random): SentRecord | null {
    return this.#all[Math.floor(random() * this.#all.length)] ?? null;
  }
}

/** The fields of a put. @throws TypeError for a delete. */
export function fieldsOf({ id, atMs, n }: SentRecord): SensorFields {
  if (n === null) throw new TypeError("a delete has no fields");
  return { id, at: atMs, n, pad: "x".repeat((n * 7_919) % PAD_CHARACTERS_MAX) };
}
