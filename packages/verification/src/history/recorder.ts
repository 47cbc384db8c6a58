/**
 * Records the operations of one process in a file of its own. The process may
 * be killed at any moment: a write is in the file before it is sent, because a
 * reader may see it whether or not its sender lives. A read is buffered, since
 * a lost read only makes the check less strict.
 *
 * The file has one line per call rather than per operation
 * (`merge-recordings.ts` makes a history of it). Times are nanoseconds of the
 * machine's monotonic clock, which all its processes share.
 */
import { appendFileSync } from "node:fs";
import type { Receipt, ReceiptStatus } from "@trilane/write-through";

/** A record that is written, and the digest of its subject where it has one. */
export type Written = readonly [key: string, version: string, subject?: string];

export interface WriteCallLine {
  readonly call: number;
  readonly process: number;
  readonly invoke: number;
  readonly writes: readonly Written[];
}

/** The outcomes of a call's writes, in their order. */
export interface SettledCallLine {
  readonly call: number;
  readonly return: number;
  readonly statuses: readonly ReceiptStatus[];
  /** For the superseded writes: the key and the version that superseded it. */
  readonly supersededBy: readonly (readonly [key: string, version: string])[];
}

/** A read, in the form of the history. */
export interface ReadLine {
  readonly process: number;
  readonly op: "read";
  readonly key: string;
  readonly version: string | null;
  readonly invoke: number;
  readonly return: number;
  /** Whether it answered a record. Without it, a read of a version did. */
  readonly found?: boolean;
}

/** Erasures that were in force when their eraser's call returned. */
export interface ErasedLine {
  readonly erased: readonly number[];
  readonly return: number;
}

export interface RecorderOptions {
  readonly file: string;
  /** The number of this process among all recorded processes. */
  readonly process: number;
  /** Nanoseconds; default: the machine's monotonic clock. */
  readonly nowNs?: () => number;
}

const BUFFERED_LINES_MAX = 500;
/** A kill may lose the reads of so many nanoseconds, as long as reads go on. */
const BUFFERED_NS_MAX = 100_000_000;

export class HistoryRecorder {
  readonly #file: string;
  readonly #process: number;
  readonly #nowNs: () => number;
  #lines: string[] = [];
  /** When the first of the buffered lines came. */
  #bufferedAtNs = 0;
  #calls = 0;

  constructor({ file, process: number, nowNs = monotonicNs }: RecorderOptions) {
    this.#file = file;
    this.#process = number;
    this.#nowNs = nowNs;
  }

  nowNs(): number {
    return this.#nowNs();
  }

  /**
   * To call before the writes are sent: they are in the file when it returns. Returns the number for {@link settle}.
   */
  invoke(
    writes: readonly { readonly key: string; readonly version: string; readonly subject?: string | undefined }[],
  ): number {
    this.#calls += 1;
    const call = this.#calls;
    const written = writes.map(({ key, version, subject }): Written =>
      subject === undefined ? [key, version] : [key, version, subject],
    );
    const line: WriteCallLine = { call, process: this.#process, invoke: this.#nowNs(), writes: written };
    this.#add(line);
    this.flush();
    return call;
  }

  /** To call when the receipts have come, in the order of the call's writes. */
  settle(call: number, writes: readonly { readonly key: string }[], receipts: readonly Receipt[]): void {
    const returned = this.#nowNs();
    const supersededBy = receipts.flatMap((receipt, index) =>
      receipt.status === "superseded" ? [[writes[index]?.key ?? "", receipt.by] as const] : [],
    );
    const statuses = receipts.map(({ status }) => status);
    const line: SettledCallLine = { call, return: returned, statuses, supersededBy };
    this.#add(line);
    this.flush();
  }

  /** A read that was answered; `version` is null where there is no record at all. */
  read(read: Pick<ReadLine, "key" | "version" | "invoke" | "return" | "found">): void {
    const line: ReadLine = { process: this.#process, op: "read", ...read };
    const now = this.#nowNs();
    if (this.#lines.length === 0) this.#bufferedAtNs = now;
    this.#add(line);
    if (this.#lines.length >= BUFFERED_LINES_MAX || now - this.#bufferedAtNs >= BUFFERED_NS_MAX) this.flush();
  }

  /** Erasures are in force, by their numbers in the list. */
  erased(numbers: readonly number[]): void {
    const line: ErasedLine = { erased: numbers, return: this.#nowNs() };
    this.#add(line);
    this.flush();
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    // One call of the system writes all lines, so a kill leaves whole lines.
    appendFileSync(this.#file, this.#lines.join(""));
    this.#lines = [];
  }

  #add(line: WriteCallLine | SettledCallLine | ReadLine | ErasedLine): void {
    this.#lines.push(`${JSON.stringify(line)}\n`);
  }
}

/** The number is exact up to 104 days of uptime. */
function monotonicNs(): number {
  return Number(process.hrtime.bigint());
}
