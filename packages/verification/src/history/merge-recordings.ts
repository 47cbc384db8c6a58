/**
 * Makes one history, as NDJSON, from the recordings of many processes.
 *
 * A write that was acknowledged in any way has a `return`; a write that failed,
 * or whose process died, has none. A superseded write says more: at its return
 * the register held at least `by`. The history has this as a write of `by` that
 * was invoked and completed at that moment. The real write of `by` is in the
 * history as well, with an earlier invocation. A write that was expired on
 * arrival never reached the store, and is left out.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { noReceipts, type ReceiptCounts, type ReceiptStatus } from "@trilane/write-through";
import type { ReadLine, SettledCallLine, WriteCallLine } from "./recorder.ts";

export interface MergedHistory {
  readonly reads: number;
  readonly writes: number;
  /** The number of writes without an outcome. */
  readonly unknown: number;
  /** The receipts of all calls that were answered. */
  readonly receipts: ReceiptCounts;
  /** Key and version, joined by a space, of every write that got a final receipt. */
  readonly settled: ReadonlySet<string>;
}

type Line = WriteCallLine | SettledCallLine | ReadLine;
type Written = readonly [key: string, version: string];

const BUFFERED_LINES_MAX = 5_000;
/** True: the write ends with the receipt. False: it may still take effect later. */
const IS_FINAL: Readonly<Record<ReceiptStatus, boolean>> = {
  applied: true,
  superseded: true,
  duplicate: true,
  expired: true,
  erased: true,
  dead: false,
  failed: false,
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
  } = { reads: 0, writes: 0, unknown: 0, receipts: noReceipts(), settled: new Set() };
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
    } else if ("writes" in line) {
      calls.set(line.call, line);
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
      this.totals.receipts[status] += 1;
      const isFinal = IS_FINAL[status];
      if (isFinal) this.totals.settled.add(write.join(" "));
      if (status !== "expired") this.#addWrite(call, write, isFinal ? returned : null);
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
