/**
 * Makes one history, as NDJSON, from the recordings of many processes.
 *
 * A write that was acknowledged in any way has a `return`; a write that failed,
 * or whose process died, has none. A superseded write says more: at its return
 * the register held at least `by`. The history has this as a write of `by` that
 * was invoked and completed at that moment. The real write of `by` is in the
 * history as well, with an earlier invocation. A write that was expired on
 * arrival never reached the store, and is left out. One that was erased may have
 * reached it, and promises nothing: it has no `return`.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { noReceipts, type ReceiptCounts, type ReceiptStatus } from "@trilane/write-through";
import type { ErasedLine, ReadLine, SettledCallLine, WriteCallLine, Written } from "./recorder.ts";

export interface MergedHistory {
  readonly reads: number;
  readonly writes: number;
  /** The number of writes without an outcome. */
  readonly unknown: number;
  /** The receipts of all calls that were answered. */
  readonly receipts: ReceiptCounts;
  /** Key and version, joined by a space, of every write that got a final receipt. */
  readonly settled: ReadonlySet<string>;
  /** Those of them that the register has reached: applied, superseded or duplicate. */
  readonly reached: ReadonlySet<string>;
  /** The digests of subjects, by version. */
  readonly subjects: ReadonlyMap<string, string>;
  /** Writes that were erased or expired, and those of somebody's records that were applied. */
  readonly judged: readonly JudgedWrite[];
  /** By the number of an erasure: when its eraser's call returned, where one did. */
  readonly erasedAt: ReadonlyMap<number, number>;
}

/** A write with a receipt that must fit the erasures and the times of its run. Times are those of the recordings. */
export interface JudgedWrite {
  readonly key: string;
  readonly version: string;
  readonly status: "applied" | "erased" | "expired";
  readonly invoke: number;
  readonly return: number;
}

type Line = WriteCallLine | SettledCallLine | ReadLine | ErasedLine;

const BUFFERED_LINES_MAX = 5_000;

/**
 * `reached`: the register has reached the write's version. `final`: the write ends with the receipt, and says nothing of
 * the register. `open`: it may still take effect.
 */
const MEANING: Readonly<Record<ReceiptStatus, "reached" | "final" | "open">> = {
  applied: "reached",
  superseded: "reached",
  duplicate: "reached",
  expired: "final",
  erased: "final",
  dead: "open",
  failed: "open",
};

/** Writes the history to `output`, which is replaced. */
export async function mergeRecordings(files: readonly string[], output: string): Promise<MergedHistory> {
  const file = await open(output, "w");
  try {
    const merging = new Merging(file);
    for (const recording of files) await merging.addFile(recording);
    await merging.flush();
    return merging.totals;
  } finally {
    await file.close();
  }
}

class Merging {
  readonly totals: {
    reads: number;
    writes: number;
    unknown: number;
    readonly receipts: ReceiptCounts;
    readonly settled: Set<string>;
    readonly reached: Set<string>;
    readonly subjects: Map<string, string>;
    readonly judged: JudgedWrite[];
    readonly erasedAt: Map<number, number>;
  } = {
    reads: 0,
    writes: 0,
    unknown: 0,
    receipts: noReceipts(),
    settled: new Set(),
    reached: new Set(),
    subjects: new Map(),
    judged: [],
    erasedAt: new Map(),
  };
  readonly #file: FileHandle;
  #lines: string[] = [];

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async addFile(recording: string): Promise<void> {
    const calls = new Map<number, WriteCallLine>();
    let last = "";
    for await (const text of createInterface({ input: createReadStream(recording), crlfDelay: Infinity })) {
      // A kill may cut the last line; only a line that another follows must be whole.
      if (last !== "") this.#addLine(JSON.parse(last) as Line, calls);
      last = text;
      if (this.#lines.length >= BUFFERED_LINES_MAX) await this.flush();
    }
    const line = parseLast(last);
    if (line !== null) this.#addLine(line, calls);
    for (const call of calls.values()) this.#addUnknown(call);
  }

  async flush(): Promise<void> {
    await this.#file.write(this.#lines.join(""));
    this.#lines = [];
  }

  #addLine(line: Line, calls: Map<number, WriteCallLine>): void {
    if ("op" in line) {
      this.totals.reads += 1;
      this.#lines.push(`${JSON.stringify(line)}\n`);
    } else if ("erased" in line) {
      for (const number of line.erased) this.totals.erasedAt.set(number, line.return);
    } else if ("writes" in line) {
      calls.set(line.call, line);
      for (const [, version, subject] of line.writes) {
        if (subject !== undefined) this.totals.subjects.set(version, subject);
      }
    } else {
      const call = calls.get(line.call);
      if (call === undefined) throw new TypeError(`call ${line.call} was settled and never invoked`);
      calls.delete(line.call);
      this.#addSettled(call, line);
    }
  }

  #addSettled(call: WriteCallLine, { return: returned, statuses, supersededBy }: SettledCallLine): void {
    call.writes.forEach((write, index) => {
      const status = statuses[index];
      if (status === undefined) throw new TypeError(`a write of call ${call.call} has no receipt`);
      const meaning = MEANING[status];
      const [key, version] = write;
      this.totals.receipts[status] += 1;
      if (meaning !== "open") this.totals.settled.add(`${key} ${version}`);
      if (meaning === "reached") this.totals.reached.add(`${key} ${version}`);
      const isJudged = status === "expired" || status === "erased" || this.totals.subjects.has(version);
      if (isJudged && (status === "applied" || status === "erased" || status === "expired")) {
        this.totals.judged.push({ key, version, status, invoke: call.invoke, return: returned });
      }
      if (status !== "expired") this.#addWrite(call, write, meaning === "reached" ? returned : null);
    });
    const moment = { process: call.process, invoke: returned };
    for (const write of supersededBy) this.#addWrite(moment, write, returned);
  }

  #addUnknown(call: WriteCallLine): void {
    for (const write of call.writes) this.#addWrite(call, write, null);
  }

  #addWrite(
    { process, invoke }: Pick<WriteCallLine, "process" | "invoke">,
    [key, version]: Written,
    returned: number | null,
  ): void {
    this.totals.writes += 1;
    if (returned === null) this.totals.unknown += 1;
    this.#lines.push(`${JSON.stringify({ process, op: "write", key, version, invoke, return: returned })}\n`);
  }
}

function parseLast(text: string): Line | null {
  if (text === "") return null;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}
