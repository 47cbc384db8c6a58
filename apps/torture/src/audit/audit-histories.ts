/**
 * Makes one history of all recordings, judges it by the erasures of the run, and
 * checks it. The judged history stays as a file, for `npm run check-history`.
 */
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import {
  checkHistory,
  describeViolation,
  type History,
  type HistoryVerdict,
  type JudgedHistory,
  judgeErasures,
  type MergedHistory,
  mergeRecordings,
  parseHistory,
  type SeenErasure,
} from "@trilane/verification/history";
import type { ErasureEntry } from "@trilane/write-through";
import { type ErasureLook, seenErasures } from "../erasure-watch.ts";
import type { TortureProcesses } from "../torture-processes.ts";

export interface AuditedHistories {
  readonly merged: MergedHistory;
  /** The history as the processes recorded it, and the same after the erasures were judged. */
  readonly recorded: History;
  readonly judged: JudgedHistory;
  readonly verdict: HistoryVerdict;
  /** Descriptions of what is wrong, as many as are kept. */
  readonly violations: readonly string[];
  /** The receipts that the stream lane itself got. */
  readonly stream: MergedHistory;
  /** The invocation of the first operation, in nanoseconds of the machine's monotonic clock. */
  readonly originNs: number;
  readonly erasures: readonly SeenErasure[];
  /** By number: when the eraser's own call returned, where it lived to see that. */
  readonly erasedAt: ReadonlyMap<number, number>;
}

export interface HistoriesFacts {
  readonly processes: TortureProcesses;
  /** The file for the judged history. */
  readonly file: string;
  /** All of the list, and the looks at it while the processes ran. */
  readonly entries: readonly ErasureEntry[];
  readonly looks: readonly ErasureLook[];
  /** When the senders of jobs and commands knew that their erasures are in force. */
  readonly erasedAt: ReadonlyMap<number, number>;
}

const STREAM_RECORDING = /-stream(?:-\d+)?\.recording$/u;
const LINES_AT_ONCE = 5_000;

export async function auditHistories(facts: HistoriesFacts): Promise<AuditedHistories> {
  const { processes, file, entries, looks, erasedAt } = facts;
  const recordings = processes.recordings.filter((recording) => existsSync(recording));
  const recordedFile = join(processes.directory, "recorded.ndjson");
  const streamFile = join(processes.directory, "stream.ndjson");
  const streams = recordings.filter((recording) => STREAM_RECORDING.test(recording));
  const stream = await mergeRecordings(streams, streamFile);
  const merged = await mergeRecordings(recordings, recordedFile);
  const recorded = await parseHistory(createReadStream(recordedFile, { encoding: "utf8" }));
  const originNs = await originOf(recordedFile);
  const allErasedAt = new Map([...merged.erasedAt, ...erasedAt]);
  const erasures = seenErasures(entries, looks, allErasedAt);
  const { subjects, judged: writes } = merged;
  const judged = judgeErasures(recorded, { erasures, subjects, judged: writes, originNs });
  await writeHistory(judged.history, file);
  const verdict = checkHistory(judged.history);
  const violations = [
    ...verdict.violations.map((violation) => describeViolation(judged.history, violation)),
    ...judged.problems,
  ];
  return { merged, recorded, judged, verdict, violations, stream, originNs, erasures, erasedAt: allErasedAt };
}

/** The times of a history count from the invocation of its first operation. */
async function originOf(file: string): Promise<number> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    return (JSON.parse(line) as { readonly invoke: number }).invoke;
  }
  return 0;
}

async function writeHistory(history: History, path: string): Promise<void> {
  await mkdir(dirname(resolve(path)), { recursive: true });
  const file = await open(path, "w");
  try {
    for (let from = 0; from < history.length; from += LINES_AT_ONCE) {
      const count = Math.min(LINES_AT_ONCE, history.length - from);
      const lines = Array.from({ length: count }, (_, index) => `${JSON.stringify(history.read(from + index))}\n`);
      await file.write(lines.join(""));
    }
  } finally {
    await file.close();
  }
}
