/**
 * The writer: every lane's way into the store and the cache.
 *
 * Life of a write: reduce the call by key, gather with other callers in the
 * coalescer, FENCE the batch in the cache, STORE it, PUBLISH what the store
 * holds, then the receipts. The steps and what each answer means are in
 * `protocol/write-plan.ts`; what a crash between two steps leaves is said there.
 */
import { type CacheLifetime, cacheLifetimeDefaults } from "../cache-lifetime.ts";
import { CoreError } from "../errors.ts";
import { decided, fillGaps, open, type Slot } from "../fill-gaps.ts";
import { itemAt } from "../paired.ts";
import type { TimeOfDay } from "../ports/clock.ts";
import type { CorePorts } from "../ports/core-ports.ts";
import { reduceByKey } from "../protocol/reduce.ts";
import type { Lane } from "../protocol/version.ts";
import { type WritePlan, writePlan } from "../protocol/write-plan.ts";
import { ResultCollector } from "../result-collector.ts";
import { abortedError, Coalescer, type CoalescerLimits, coalescerLimitsDefaults, receiptOfLoser } from "./coalescer.ts";
import type { Receipt } from "./receipts.ts";
import type { WriteRecord } from "./records.ts";
import { writeBatch } from "./write-batch.ts";

export interface WriterOptions {
  readonly limits?: Partial<CoalescerLimits>;
  readonly lifetime?: Partial<CacheLifetime>;
  /** For the verification, which takes rules away. */
  readonly plan?: WritePlan;
}

export interface WriteOptions {
  readonly lane: Lane;
  /** Records not yet sent when it fires come back `failed`; those under way are finished. */
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
    });
  }

  /**
   * Writes records of any number of keys; one receipt per record, in order.
   * Never rejects for a record: what failed is said in its receipt.
   */
  async write(records: readonly WriteRecord[], options: WriteOptions): Promise<readonly Receipt[]> {
    const time = this.timeOfDay();
    if (time.kind === "unconfirmed") return records.map(() => ({ status: "failed", error: time.error }));
    const slots = records.map((record) => slotOf(record, time.nowMs));
    return fillGaps(slots, (live) => this.#writeReduced(live, options));
  }

  /** The time by which records are judged: as a server confirms it. */
  timeOfDay(): TimeOfDay {
    return this.#ports.cacheEpoch.timeOfDay();
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
    return records.map((record, index) => {
      const position = itemAt(winnerOf, index);
      const winner = itemAt(winners, position);
      const outcome = itemAt(outcomes, position);
      return record === winner ? outcome : receiptOfLoser(record, winner, outcome);
    });
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

  #refusal(signal: AbortSignal | undefined): CoreError | null {
    if (this.#isClosed) return new CoreError("CLOSED", "the writer is closed");
    return signal?.aborted === true ? abortedError() : null;
  }
}

/** What is expired by now is not written. */
function slotOf(record: WriteRecord, nowMs: number): Slot<Receipt, WriteRecord> {
  if (record.expiresAtMs <= nowMs) return decided({ status: "expired", version: record.version });
  return open(inWholeSeconds(record));
}

/** The store expires by the second; cache and store must agree. */
function inWholeSeconds(record: WriteRecord): WriteRecord {
  const expiresAtMs = Math.ceil(record.expiresAtMs / MS_PER_SECOND) * MS_PER_SECOND;
  return expiresAtMs === record.expiresAtMs ? record : { ...record, expiresAtMs };
}
