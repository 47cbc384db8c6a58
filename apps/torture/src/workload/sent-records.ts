/**
 * All records that any lane is sent: the oracle. Every record has an event time
 * of its own, so it is clear which one each key must hold in the end, as long as
 * nobody is erased.
 */
import type { Random } from "@trilane/write-through";
import type { Person, Persons } from "./persons.ts";

export interface SentRecord {
  readonly id: string;
  /** Milliseconds since 1970; no two records share it. */
  readonly atMs: number;
  /** Null: a delete. */
  readonly n: number | null;
  /** Null: a delete, which is nobody's. */
  readonly owner: Person | null;
  /** Milliseconds that the record lives after its event time; null: as long as its group says. */
  readonly lifeMs: number | null;
}

/** A put in the form of JSON. */
export interface SensorFields {
  readonly id: string;
  readonly at: number;
  readonly n: number;
  readonly owner: string;
  readonly pad: string;
  readonly lifeMs?: number;
}

export interface SentRecordsOptions {
  readonly persons: Persons;
  /** Milliseconds since 1970. Default: the present. */
  readonly nowMs?: () => number;
}

/**
 * How far event times are behind the present. So a record with a shorter life is expired on arrival, and for a clock
 * that is behind by more than this and the allowed skew, records are too early.
 */
export const EVENT_TIME_LAG_MS = 5_000;
const PAD_CHARACTERS_MAX = 1_200;
/** The maximum of records that wait to be sent late. */
const KEPT_BACK_MAX = 4_000;
/** Every so many puts, one has a life of its own. */
const LIFE_EVERY = 8;
const LIFE_MS_MIN = 2_000;
const LIFE_MS_MAX = 40_000;
/** A prime, so that numbers that follow each other give sizes that do not. */
const SCATTER = 7_919;

export class SentRecords {
  readonly #newest = new Map<string, SentRecord>();
  readonly #ofKey = new Map<string, SentRecord[]>();
  readonly #all: SentRecord[] = [];
  readonly #keptBack: SentRecord[] = [];
  readonly persons: Persons;
  readonly #nowMs: () => number;
  #atMs = 0;

  constructor({ persons, nowMs = Date.now }: SentRecordsOptions) {
    this.persons = persons;
    this.#nowMs = nowMs;
  }

  /** Every record, in the order of event time. */
  get all(): readonly SentRecord[] {
    return this.#all;
  }

  /** The record of each key with the latest event time. */
  get newest(): ReadonlyMap<string, SentRecord> {
    return this.#newest;
  }

  /** The records of a key, in the order of event time. */
  ofKey(id: string): readonly SentRecord[] {
    return this.#ofKey.get(id) ?? [];
  }

  /** A new record, newer than all before it. The caller sends it. */
  next(id: string, kind: "put" | "delete" = "put"): SentRecord {
    this.#atMs = Math.max(this.#atMs + 1, this.#nowMs() - EVENT_TIME_LAG_MS);
    const number = this.#all.length;
    const record: SentRecord =
      kind === "delete"
        ? { id, atMs: this.#atMs, n: null, owner: null, lifeMs: null }
        : { id, atMs: this.#atMs, n: number, owner: this.persons.ownerOf(id, number), lifeMs: lifeMsOf(number) };
    this.#all.push(record);
    this.#newest.set(id, record);
    const ofKey = this.#ofKey.get(id);
    if (ofKey === undefined) this.#ofKey.set(id, [record]);
    else ofKey.push(record);
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

function lifeMsOf(number: number): number | null {
  if (number % LIFE_EVERY !== 1) return null;
  return LIFE_MS_MIN + ((number * SCATTER) % (LIFE_MS_MAX - LIFE_MS_MIN));
}

/** The fields of a put. @throws TypeError for a delete. */
export function fieldsOf({ id, atMs, n, owner, lifeMs }: SentRecord): SensorFields {
  if (n === null || owner === null) throw new TypeError("a delete has no fields");
  const pad = `${owner.marker} ${"x".repeat((n * SCATTER) % PAD_CHARACTERS_MAX)}`;
  return { id, at: atMs, n, owner: owner.name, pad, ...(lifeMs === null ? {} : { lifeMs }) };
}
