/**
 * The writer: every lane uses it to write to the store and the cache.
 *
 * A call's records are reduced by key and gather with those of other callers in
 * the coalescer. Then a batch is fenced in the cache, stored, and published
 * with what the store holds, and the receipts are given.
 * `protocol/write-plan.ts` has these steps, says what each answer means, and
 * what a crash between two steps leaves.
 */
import { type CacheLifetime, cacheLifetimeDefaults } from "../cache-lifetime.ts";
import { CoreError } from "../errors.ts";
import { ResultCollector, type Slot, decided, fillGaps, itemAt, open } from "../by-position.ts";
import type { TimeOfDay } from "../ports/clock.ts";
import type { CorePorts } from "../ports/core-ports.ts";
import type { SubjectDigest } from "../protocol/erasure.ts";
import { reduceByKey } from "../protocol/reduce.ts";
import { firstVersionAt, type Lane } from "../protocol/version.ts";
import { type WritePlan, writePlan } from "../protocol/write-plan.ts";
import { abortedError, Coalescer, type CoalescerLimits, coalescerLimitsDefaults, receiptOfLoser } from "./coalescer.ts";
import { isErased } from "./pending-write.ts";
import type { Receipt } from "./receipts.ts";
import type { WriteRecord } from "./records.ts";
import { writeBatch } from "./write-batch.ts";

export interface WriterOptions {
  readonly limits?: Partial<CoalescerLimits>;
  readonly lifetime?: Partial<CacheLifetime>;
  /** The verification gives plans from which it has taken rules away. */
  readonly plan?: WritePlan;
}

export interface WriteOptions {
  readonly lane: Lane;
  /** When it fires, records that are not sent yet come back `failed`; records under way are finished. */
  readonly signal?: AbortSignal;
}

const MS_PER_SECOND = 1_000;

export class Writer {
  readonly #ports: CorePorts;
  readonly #coalescer: Coalescer;
  #isClosed = false;

  constructor(ports: CorePorts, options: WriterOptions = {}) {
    const lifetime = { ...cacheLifetimeDefaults, ...options.lifetime };
    const plan = options.plan ?? writePlan;
    this.#ports = ports;
    this.#coalescer = new Coalescer({
      limits: { ...coalescerLimitsDefaults, ...options.limits },
      clock: ports.clock,
      writeBatch: (records) => writeBatch(records, { ports, lifetime, plan }),
      isErased: (record) => isErased(record, ports),
    });
  }

  /**
   * Writes records of any number of keys; one receipt per record, in order. Never rejects for a record: its receipt
   * says what failed.
   */
  async write(records: readonly WriteRecord[], options: WriteOptions): Promise<readonly Receipt[]> {
    const time = this.timeOfDay();
    if (time.kind === "unconfirmed") return records.map(() => ({ status: "failed", error: time.error }));
    const slots = records.map((record) => this.#slotOf(record, time.nowMs));
    return fillGaps(slots, (live) => this.#writeReduced(live, options));
  }

  /** The time by which records are judged: the time that a server confirms. */
  timeOfDay(): TimeOfDay {
    return this.#ports.cacheEpoch.timeOfDay();
  }

  /** Whether a record of the person at this event time (in microseconds) is erased, as far as this process knows. */
  isErased(subject: SubjectDigest, eventTimeUs: number): boolean {
    return this.#ports.cacheEpoch.erasures.refuses(subject, firstVersionAt(eventTimeUs));
  }

  /** Takes no more records and resolves when all that were taken have their receipts. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#coalescer.idle();
  }

  async #writeReduced(records: readonly WriteRecord[], options: WriteOptions): Promise<readonly Receipt[]> {
    const { winners, winnerOf } = reduceByKey(records);
    const reduced = records.length - winners.length;
    if (reduced > 0) this.#ports.emit({ type: "reduced", lane: options.lane, records: reduced });
    const outcomes = await this.#writeDistinct(winners, options.signal);
    const slots = records.map((record, index): Slot<Receipt, WriteRecord> => {
      const position = itemAt(winnerOf, index);
      const winner = itemAt(winners, position);
      const outcome = itemAt(outcomes, position);
      if (record === winner) return decided(outcome);
      // An erased record supersedes nothing, so the records that lost to it are sent by themselves.
      const isLeft = outcome.status === "erased" && record.version !== winner.version;
      return isLeft ? open(record) : decided(receiptOfLoser(record, winner, outcome));
    });
    return fillGaps(slots, (left) => this.#writeReduced(left, options));
  }

  async #writeDistinct(winners: readonly WriteRecord[], signal: AbortSignal | undefined): Promise<readonly Receipt[]> {
    const receipts = new ResultCollector<Receipt>(winners.length);
    for (const [position, winner] of winners.entries()) {
      if (this.#coalescer.isFull) await this.#coalescer.room();
      const refusal = this.#refusal(signal);
      if (refusal !== null) receipts.put(position, { status: "failed", error: refusal });
      else this.#coalescer.add(winner, (receipt) => receipts.put(position, receipt), signal);
    }
    return receipts.all;
  }

  /** A record that is expired or erased by now is not written, and takes no other record with it. */
  #slotOf(record: WriteRecord, nowMs: number): Slot<Receipt, WriteRecord> {
    const { version } = record;
    if (record.expiresAtMs <= nowMs) return decided({ status: "expired", version });
    if (isErased(record, this.#ports)) return decided({ status: "erased", version });
    return open(inWholeSeconds(record));
  }

  #refusal(signal: AbortSignal | undefined): CoreError | null {
    if (this.#isClosed) return new CoreError("CLOSED", "the writer is closed");
    return signal?.aborted === true ? abortedError() : null;
  }
}

/** The store's expiry has whole seconds, and cache and store must agree. */
function inWholeSeconds(record: WriteRecord): WriteRecord {
  const expiresAtMs = Math.ceil(record.expiresAtMs / MS_PER_SECOND) * MS_PER_SECOND;
  return expiresAtMs === record.expiresAtMs ? record : { ...record, expiresAtMs };
}
