/**
 * The records that the lanes send: units of a file (hundreds of records, many
 * of one key, in no order), slices of partitions, jobs. Some keys are much more
 * popular than others. Event times are so close that lanes contend, and are
 * sometimes equal.
 */
import { type Lane, makeVersion, type WriteRecord } from "@trilane/write-through";
import type { Configuration } from "./configuration.ts";
import type { Dice } from "./dice.ts";
import { type ErasureConfiguration, withPerson } from "./persons.ts";

/** A unit, a slice or a job, which is delivered, and delivered again, as a whole. */
export interface Task {
  readonly lane: Lane;
  readonly records: readonly WriteRecord[];
}

const HOUR_MS = 3_600_000;
/** Records that expire soon: some of them on arrival, some only by a wrong clock. */
const SHORT_LIFE_MS_MIN = -500;
const SHORT_LIFE_MS_MAX = [5_000, 5_000, 40_000] as const;
/** The share of records that come twice in one task. */
const TWICE_SHARE = 0.03;

interface DrawnErasures {
  readonly configuration: ErasureConfiguration;
  readonly dice: Dice;
}

export class Workload {
  readonly keys: readonly string[];
  readonly #configuration: Configuration;
  readonly #dice: Dice;
  /** For each key, the sum of the popularities of all keys up to it. */
  readonly #popularity: Float64Array;
  readonly #erasures: DrawnErasures | null;
  #records = 0;

  /** @param erasures null where nobody is erased */
  constructor(configuration: Configuration, dice: Dice, erasures: DrawnErasures | null = null) {
    this.#erasures = erasures;
    const { keys, skew } = configuration;
    this.#configuration = configuration;
    this.#dice = dice;
    this.keys = Array.from({ length: keys }, (_, index) => `user#${index}`);
    this.#popularity = new Float64Array(keys);
    let sum = 0;
    for (let index = 0; index < keys; index++) {
      sum += (index + 1) ** -skew;
      this.#popularity[index] = sum;
    }
  }

  nextTask(lane: Lane, nowMs: number): Task {
    const { recordsMin, recordsMax } = this.#configuration.lanes[lane];
    const count = this.#dice.whole(recordsMin, Math.max(recordsMin, recordsMax));
    const records: WriteRecord[] = [];
    while (records.length < count) {
      const record = this.#withPerson(this.#nextRecord(lane, nowMs), nowMs);
      records.push(record);
      // A copy, because a record that comes twice is decoded twice.
      if (this.#dice.chance(TWICE_SHARE)) records.push({ ...record });
    }
    return { lane, records };
  }

  pickKey(): string {
    const popularity = this.#popularity;
    const at = this.#dice.between(0, popularity[popularity.length - 1] ?? 0);
    let low = 0;
    let high = popularity.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((popularity[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return this.keys[low] ?? "";
  }

  #withPerson(record: WriteRecord, nowMs: number): WriteRecord {
    if (this.#erasures === null) return record;
    const { configuration, dice } = this.#erasures;
    return withPerson(record, { keyNumber: this.keys.indexOf(record.key), nowMs }, configuration, dice);
  }

  #nextRecord(lane: Lane, nowMs: number): WriteRecord {
    const dice = this.#dice;
    const { shortLivedShare, lanes } = this.#configuration;
    const { lateMsMax, deleteShare, populate } = lanes[lane];
    const number = this.#records++;
    const eventTimeMs = nowMs - dice.whole(0, lateMsMax);
    const isDelete = dice.chance(deleteShare);
    // The number makes each hash unique; the digits before it leave the order of equal versions to chance.
    const order = isDelete
      ? "ffffffff"
      : Math.floor(dice.random() * 2 ** 32)
          .toString(16)
          .padStart(8, "0");
    const contentHash = order + number.toString(16).padStart(8, "0");
    const isShortLived = !isDelete && dice.chance(shortLivedShare);
    const lifeMs = isShortLived ? Math.round(dice.between(SHORT_LIFE_MS_MIN, dice.pick(SHORT_LIFE_MS_MAX))) : HOUR_MS;
    return {
      key: this.pickKey(),
      version: makeVersion({ eventTimeUs: eventTimeMs * 1_000, sequence: 0n, lane, contentHash }),
      payload: isDelete ? null : new Uint8Array(0),
      expiresAtMs: nowMs + lifeMs,
      populate,
    };
  }
}
