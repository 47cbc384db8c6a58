/**
 * The records that were sent, their receipts, and the history that the checker
 * judges.
 *
 * An acknowledged write is an operation with a return, at the end of the call
 * that acknowledged it; a write that failed, or whose process died, has none. A
 * superseded receipt also says that the register had reached the version that
 * superseded the record. That is a second operation: a write of that version at
 * the moment of the receipt. It begins at that moment and not earlier: if it
 * began with the superseded write, it could come before the winner's own
 * invocation, and so excuse reads that nothing excuses. It stands for a write
 * that was invoked before, because no version is known before it was sent; this
 * is checked here.
 */
import {
  countReceipts,
  noReceipts,
  NO_VERSION,
  type ReadResult,
  type Receipt,
  type ReceiptCounts,
  type Version,
  type StorePut,
  type WriteRecord,
} from "@trilane/write-through";
import { History, type Operation } from "../history/history.ts";
import type { ErasureMonitor } from "../history/erasure-monitor.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Fingerprint } from "./fingerprint.ts";
import { realMs } from "./machine-clocks.ts";
import { endMsOf } from "./persons.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

interface OpenOperation extends Operation {
  return: number | null;
  /** The write never reached the store, and is left out. */
  isVoid: boolean;
}

/** The facts about one version. */
export interface SentVersion {
  readonly record: WriteRecord;
  isAcknowledged: boolean;
  /** One of its deliveries ended because its time to live was over. */
  isExpired: boolean;
  /** One of its deliveries ended because its person was erased. */
  isErased: boolean;
  applied: number;
}

/** One record of one delivery. */
export interface Delivery {
  readonly record: WriteRecord;
  operation: OpenOperation | null;
  attempts: number;
  /** When it was last given to a writer, in real time: milliseconds since 1970. */
  triedAtMs: number;
}

export interface ReadCounts {
  cache: number;
  store: number;
  failed: number;
}

const PROBLEMS_MAX = 20;
const NS_PER_MS = 1e6;
/**
 * By how much the time of day of a process may be wrong: its own clock may differ from the store's by 5 s, the store's
 * Date is cut to a second, and the store's clock is within a second of real time.
 */
export const CONFIRMED_WITHIN_MS = 7_000;

export class Ledger {
  readonly problems: string[] = [];
  readonly sent = new Map<Version, SentVersion>();
  /** The receipts of deliveries that have ended. */
  readonly receipts: ReceiptCounts = noReceipts();
  readonly reads: ReadCounts = { cache: 0, store: 0, failed: 0 };
  readonly #queue: EventQueue;
  readonly #erasures: ErasureMonitor | null;
  readonly #operations: OpenOperation[] = [];
  /** The versions that stay of records that were over on arrival. */
  readonly #marks = new Set<Version>();
  #implied = 0;
  #voided = 0;
  #lastNs = 0;

  /** @param erasures null where nobody is erased */
  constructor(queue: EventQueue, erasures: ErasureMonitor | null = null) {
    this.#queue = queue;
    this.#erasures = erasures;
  }

  /** The number of deliveries of a record and of reads of a key, without the writes that superseded receipts imply. */
  get operations(): number {
    return this.#operations.length - this.#implied - this.#voided;
  }

  /** Nanoseconds. Each is later than all before, in the order in which things happen. */
  stampNs(): number {
    this.#lastNs = Math.max(this.#lastNs + 1, this.#queue.nowUs * 1_000);
    return this.#lastNs;
  }

  problem(text: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(text);
  }

  /** The record is about to be given to a writer. */
  attempt(process: SimulatedProcess, delivery: Delivery, invoke: number): void {
    delivery.attempts += 1;
    delivery.triedAtMs = realMs(this.#queue);
    if (delivery.operation !== null) return;
    const { key, version } = delivery.record;
    delivery.operation = { process: process.number, op: "write", key, version, invoke, return: null, isVoid: false };
    this.#operations.push(delivery.operation);
    if (this.sent.has(version)) return;
    this.sent.set(version, {
      record: delivery.record,
      isAcknowledged: false,
      isExpired: false,
      isErased: false,
      applied: 0,
    });
  }

  /** The receipt of an attempt. */
  receive(delivery: Delivery, receipt: Receipt, returned: number): void {
    const { record, operation } = delivery;
    const sent = this.sent.get(record.version);
    if (operation === null || sent === undefined) {
      this.problem(`a receipt for ${record.version}, which was not sent`);
      return;
    }
    this.#checkReceipt(record, receipt);
    if (receipt.status === "expired") this.#expire(delivery, operation, sent);
    if (isUntouched(receipt) && delivery.attempts === 1) this.#forget(delivery, operation);
    if (receipt.status === "erased") this.#erase(record, sent, returned);
    if (!isStored(receipt)) return;
    this.#checkNotErased(record, receipt, { from: operation.invoke, to: returned });
    operation.return = returned;
    this.#erasures?.promised(record.key, record.version, returned);
    sent.isAcknowledged = true;
    if (receipt.status === "applied") this.#apply(sent);
    if (receipt.status === "superseded") this.#imply(operation, receipt.by, returned);
  }

  /** The final receipts of a delivery. */
  end(receipts: readonly Receipt[]): void {
    countReceipts(this.receipts, receipts);
  }

  read(process: SimulatedProcess, key: string, result: ReadResult, times: { invoke: number; returned: number }): void {
    if (result.kind === "failed") {
      this.reads.failed += 1;
      if (!result.error.retryable) this.problem(`a read of ${key} failed with ${result.error.code}`);
      return;
    }
    this.reads[result.source] += 1;
    this.#checkRead(key, result, times);
    const { invoke, returned } = times;
    const answered = this.#erasures === null ? result.version : this.#judgeRead(key, result, times);
    const version = answered === NO_VERSION ? null : answered;
    this.#operations.push({
      process: process.number,
      op: "read",
      key,
      version,
      invoke,
      return: returned,
      isVoid: false,
    });
  }

  /** A lane is about to write this version in place of a record that is over on arrival. */
  mark(version: Version): void {
    this.#marks.add(version);
  }

  /** A put has landed: the tombstone of a sweep is known from then on. */
  landed(put: StorePut): void {
    if (this.#erasures === null) return;
    const at = this.stampNs();
    this.#erasures.landed(put, at);
    const { key, version } = put;
    if (this.sent.has(version)) return;
    const spared = this.#marks.has(version) ? null : this.#erasures.recordUnderTombstone(put, at);
    if (spared !== null) this.problem(`a sweep removed ${spared} of ${key}, which is not erased`);
    this.#implied += 1;
    this.#operations.push({ process: 0, op: "write", key, version, invoke: at, return: null, isVoid: false });
  }

  /** In the order of their first appearance. */
  history(): History {
    const history = new History();
    for (const operation of this.#operations) if (!operation.isVoid) history.add(operation);
    return history;
  }

  addTo(fingerprint: Fingerprint, history: History): void {
    for (let number = 0; number < history.keys.size; number++) fingerprint.addText(history.keys.nameOf(number));
    for (let number = 0; number < history.versions.size; number++) {
      fingerprint.addText(history.versions.nameOf(number));
    }
    for (let index = 0; index < history.length; index++) {
      fingerprint.addNumber(history.isWrite(index) ? 1 : 0);
      fingerprint.addNumber(history.keyOf(index));
      fingerprint.addNumber(history.versionOf(index));
      fingerprint.addNumber(history.invokeOf(index));
      fingerprint.addNumber(history.returnOf(index));
    }
    for (const { process } of this.#operations) fingerprint.addNumber(process);
  }

  /** Nothing was written now, but an earlier attempt of the delivery may have written. */
  #expire({ record, attempts, triedAtMs }: Delivery, operation: OpenOperation, sent: SentVersion): void {
    sent.isExpired = true;
    const leftMs = endMsOf(record) - triedAtMs;
    if (leftMs > CONFIRMED_WITHIN_MS) {
      this.problem(`${record.version} of ${record.key} was lost to a clock: expired, ${leftMs} ms before its time`);
    }
    if (attempts === 1) this.#void(operation);
  }

  #erase({ key, version, subject }: WriteRecord, sent: SentVersion, returned: number): void {
    sent.isErased = true;
    if (this.#erasures?.mayRefuse(subject, version, returned) === true) return;
    this.problem(`${version} of ${key} is refused as erased, and no erasure covers it`);
  }

  #checkNotErased(
    { key, version, subject }: WriteRecord,
    { status }: Receipt,
    write: { from: number; to: number },
  ): void {
    if (status !== "applied" || this.#erasures?.coversThroughout(subject, version, write) !== true) return;
    this.problem(`${version} of ${key} is applied, and it was erased before it was sent`);
  }

  /** The version that the read gave, or the covered one that explains why it gave none. */
  #judgeRead(
    key: string,
    result: Exclude<ReadResult, { kind: "failed" }>,
    { invoke, returned }: { invoke: number; returned: number },
  ): Version {
    const erasures = this.#erasures;
    const read = { from: invoke, to: returned };
    if (erasures === null) return result.version;
    let { version } = result;
    if (version === NO_VERSION) {
      const explained = erasures.explainNone(key, read);
      if (explained === null) this.problem(`a read of ${key} gave none, which was true at no moment of it`);
      else version = explained;
    } else if (result.kind === "found" && !erasures.mayAnswer(version, read)) {
      this.problem(`a read of ${key} gave ${version}, which was erased before it began`);
    }
    erasures.promised(key, version, returned);
    return version;
  }

  /** The delivery counts as if it had not been tried. */
  #forget(delivery: Delivery, operation: OpenOperation): void {
    this.#void(operation);
    delivery.operation = null;
    delivery.attempts = 0;
  }

  #void(operation: OpenOperation): void {
    operation.isVoid = true;
    this.#voided += 1;
  }

  #apply(sent: SentVersion): void {
    sent.applied += 1;
    if (sent.applied > 1) this.problem(`${sent.record.version} of ${sent.record.key} was applied twice`);
  }

  #imply({ process, key }: OpenOperation, by: Version, at: number): void {
    this.#implied += 1;
    this.#erasures?.promised(key, by, at);
    this.#operations.push({ process, op: "write", key, version: by, invoke: at, return: at, isVoid: false });
  }

  /** A version that a sweep has put. */
  isTombstone(version: Version): boolean {
    return this.#erasures?.hasLanded(version) === true && !this.sent.has(version);
  }

  #checkReceipt({ key, version }: WriteRecord, receipt: Receipt): void {
    if (receipt.status === "failed") {
      if (!receipt.error.retryable) this.problem(`a write of ${key} failed with ${receipt.error.code}`);
      return;
    }
    if (receipt.status === "dead") {
      this.problem(`a write of ${key} is dead: ${receipt.reason}`);
      return;
    }
    if (receipt.version !== version) this.problem(`the receipt of ${version} is for ${receipt.version}`);
    if (receipt.status !== "superseded") return;
    const winner = this.sent.get(receipt.by);
    const isKnown = this.isTombstone(receipt.by) || this.#marks.has(receipt.by);
    if (winner === undefined && isKnown && receipt.by > version) return;
    if (winner === undefined || winner.record.key !== key || receipt.by <= version) {
      this.problem(`${version} of ${key} is said to be superseded by ${receipt.by}`);
    }
  }

  #checkRead(
    key: string,
    result: Exclude<ReadResult, { kind: "failed" }>,
    { invoke, returned }: { invoke: number; returned: number },
  ): void {
    if (result.version === NO_VERSION) return;
    const record = this.sent.get(result.version)?.record;
    if (record === undefined && result.kind === "absent" && this.isTombstone(result.version)) return;
    if (record === undefined || record.key !== key) {
      this.problem(`a read of ${key} gave ${result.version}, which nobody sent for it`);
    } else if (result.kind === "found" && result.payload !== record.payload) {
      this.problem(`a read of ${key} gave ${result.version} with another payload`);
    } else if (result.kind === "found") {
      const overMs = realMs(this.#queue) - (returned - invoke) / NS_PER_MS - endMsOf(record);
      if (overMs > CONFIRMED_WITHIN_MS) {
        this.problem(`a read of ${key} gave ${result.version} ${Math.round(overMs)} ms after its end`);
      }
    } else if (record.payload !== null) {
      const leftMs = endMsOf(record) - realMs(this.#queue);
      if (leftMs <= CONFIRMED_WITHIN_MS) return;
      this.problem(`a read of ${key} hid ${result.version}, which expires only in ${leftMs} ms`);
    }
  }
}

function isStored({ status }: Receipt): boolean {
  return status === "applied" || status === "superseded" || status === "duplicate";
}

/** The writer has sent nothing. */
function isUntouched(receipt: Receipt): boolean {
  return receipt.status === "failed" && receipt.error.code === "CLOCK_UNCONFIRMED";
}
