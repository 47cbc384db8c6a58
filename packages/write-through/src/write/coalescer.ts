/**
 * The coalescer. Records of all lanes and callers gather until a batch can go,
 * with one write per key: the record of the highest version.
 *
 * Invariants: a key is in at most one batch under way, so records that arrive
 * meanwhile gather behind it; a record is settled exactly once, never before
 * the record that superseded it; no more than `pendingMax` keys wait, and
 * callers that come then wait for room. All this is in memory only: a record
 * that is lost in a crash was never acknowledged, and its lane sends it again.
 */
import { CoreError } from "../errors.ts";
import { paired } from "../by-position.ts";
import type { Clock } from "../ports/clock.ts";
import type { Receipt } from "./receipts.ts";
import type { WriteRecord } from "./records.ts";

export interface CoalescerLimits {
  /** Keys in one batch. */
  readonly batchMax: number;
  /** Batches under way at once. */
  readonly batchesMax: number;
  /** Keys that wait for a batch. */
  readonly pendingMax: number;
  /** Milliseconds that a record waits for other records when a batch could go. 0: until the end of the turn. */
  readonly gatherMs: number;
}

export const coalescerLimitsDefaults: CoalescerLimits = {
  batchMax: 500,
  batchesMax: 3,
  pendingMax: 20_000,
  gatherMs: 0,
};

/**
 * Writes one batch of distinct keys and returns one receipt per record, in order. If it throws, all records are failed.
 */
export type WriteBatch = (records: readonly WriteRecord[]) => Promise<readonly Receipt[]>;

/** Whether the person of a record was erased, as far as this process knows by now. */
export type IsErased = (record: WriteRecord) => boolean;

export type Settle = (receipt: Receipt) => void;

interface Waiter {
  readonly record: WriteRecord;
  readonly settle: Settle;
  readonly signal: AbortSignal | undefined;
}

interface Pending {
  /** The waiting record with the highest version. */
  winner: WriteRecord;
  readonly waiters: Waiter[];
}

export class Coalescer {
  readonly #limits: CoalescerLimits;
  readonly #clock: Clock;
  readonly #writeBatch: WriteBatch;
  readonly #isErased: IsErased;
  readonly #pending = new Map<string, Pending>();
  readonly #underWay = new Set<string>();
  readonly #waitingForRoom: (() => void)[] = [];
  readonly #waitingForIdle: (() => void)[] = [];
  #batches = 0;
  #scheduled = false;

  constructor(options: { limits: CoalescerLimits; clock: Clock; writeBatch: WriteBatch; isErased: IsErased }) {
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#writeBatch = options.writeBatch;
    this.#isErased = options.isErased;
  }

  /** Resolves when there is room for another key. */
  async room(): Promise<void> {
    while (this.#pending.size >= this.#limits.pendingMax) {
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve));
    }
  }

  /** Takes one record; `settle` is called once with its receipt. Await {@link room} first. */
  add(record: WriteRecord, settle: Settle, signal: AbortSignal | undefined): void {
    this.#gather({ record, settle, signal });
    this.#schedule();
  }

  #gather(waiter: Waiter): void {
    const { record } = waiter;
    const pending = this.#pending.get(record.key);
    if (pending === undefined) {
      this.#pending.set(record.key, { winner: record, waiters: [waiter] });
    } else {
      pending.waiters.push(waiter);
      if (pending.winner.version < record.version) pending.winner = record;
    }
  }

  /** True when a record of another key would have to wait. */
  get isFull(): boolean {
    return this.#pending.size >= this.#limits.pendingMax;
  }

  /** Resolves when all records that were taken so far have been settled. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0 || this.#batches > 0) {
      await new Promise<void>((resolve) => this.#waitingForIdle.push(resolve));
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#batches >= this.#limits.batchesMax) return;
    this.#scheduled = true;
    const waitMs = this.#pending.size >= this.#limits.batchMax ? 0 : this.#limits.gatherMs;
    this.#clock.schedule(waitMs, () => {
      this.#scheduled = false;
      this.#startBatches();
    });
  }

  #startBatches(): void {
    while (this.#batches < this.#limits.batchesMax) {
      const batch = this.#takeBatch();
      if (batch.length === 0) break;
      void this.#run(batch);
    }
    // Aborted keys have left without a batch, so callers that wait for room or for the end must look again.
    this.#wake();
  }

  /** Takes up to a batch of waiting keys of which none is under way. */
  #takeBatch(): Pending[] {
    const batch: Pending[] = [];
    for (const [key, pending] of this.#pending) {
      if (this.#underWay.has(key)) continue;
      this.#pending.delete(key);
      if (pending.waiters.every((waiter) => waiter.signal?.aborted === true)) {
        settleAll(pending, { status: "failed", error: abortedError() });
        continue;
      }
      const left = this.#refuseErased(pending);
      if (left === null) continue;
      this.#underWay.add(key);
      batch.push(left);
      if (batch.length === this.#limits.batchMax) break;
    }
    return batch;
  }

  /**
   * Records that were erased while they waited leave before the reduction, so that none of them takes another person's
   * older record of the key with it. Null where nothing is left.
   */
  #refuseErased(pending: Pending): Pending | null {
    if (!pending.waiters.some(({ record }) => this.#isErased(record))) return pending;
    const left: Waiter[] = [];
    for (const waiter of pending.waiters) {
      if (this.#isErased(waiter.record)) waiter.settle({ status: "erased", version: waiter.record.version });
      else left.push(waiter);
    }
    return pendingOf(left);
  }

  async #run(batch: readonly Pending[]): Promise<void> {
    this.#batches += 1;
    const settled = await this.#write(batch);
    this.#batches -= 1;
    for (const [pending, receipt] of settled) {
      this.#underWay.delete(pending.winner.key);
      for (const waiter of settleAll(pending, receipt)) this.#gather(waiter);
    }
    if (this.#pending.size > 0) this.#schedule();
    this.#wake();
  }

  /** Wakes all callers that wait; each of them looks again. */
  #wake(): void {
    for (const wake of this.#waitingForRoom.splice(0)) wake();
    if (this.#pending.size === 0 && this.#batches === 0) {
      for (const wake of this.#waitingForIdle.splice(0)) wake();
    }
  }

  /** Every waiter gets a receipt, even where the batch throws, and nothing unwritten is acknowledged. */
  async #write(batch: readonly Pending[]): Promise<readonly (readonly [Pending, Receipt])[]> {
    try {
      return paired(batch, await this.#writeBatch(batch.map(({ winner }) => winner)));
    } catch (error) {
      return batch.map((pending) => [pending, unwritten(error)] as const);
    }
  }
}

function pendingOf(waiters: readonly Waiter[]): Pending | null {
  const [first, ...others] = waiters;
  if (first === undefined) return null;
  const winner = others.reduce((best, { record }) => (best.version < record.version ? record : best), first.record);
  return { winner, waiters: [first, ...others] };
}

/**
 * The first waiter with the winning version gets its receipt; the receipts of the others follow from it. Returns the
 * waiters that must be sent by themselves, because an erased record supersedes nothing.
 */
function settleAll(pending: Pending, receipt: Receipt): readonly Waiter[] {
  let isWinnerSettled = false;
  const left: Waiter[] = [];
  for (const waiter of pending.waiters) {
    const isTwin = waiter.record.version === pending.winner.version;
    if (isTwin && !isWinnerSettled) {
      isWinnerSettled = true;
      waiter.settle(receipt);
    } else if (receipt.status === "erased" && !isTwin) left.push(waiter);
    else waiter.settle(receiptOfLoser(waiter.record, pending.winner, receipt));
  }
  return left;
}

/** The receipt of a record that was not written because `winner` was. */
export function receiptOfLoser(loser: WriteRecord, winner: WriteRecord, receipt: Receipt): Receipt {
  // Nothing was written that could supersede the loser.
  if (receipt.status === "failed" || receipt.status === "dead" || receipt.status === "erased") return receipt;
  const { version } = loser;
  if (version !== winner.version) return { status: "superseded", version, by: winner.version };
  // The twin of a record that was superseded is not in the store either.
  return receipt.status === "superseded" ? receipt : { status: "duplicate", version };
}

export function abortedError(): CoreError {
  return new CoreError("ABORTED", "the caller's signal fired before the record was sent");
}

function unwritten(cause: unknown): Receipt {
  const error = new CoreError("STORE_UNAVAILABLE", "the batch ended without a receipt for this record", { cause });
  return { status: "failed", error };
}
