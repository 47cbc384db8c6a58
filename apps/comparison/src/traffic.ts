/**
 * The work of writers and readers: they send and record, and send writes again
 * that were not acknowledged.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { HistoryRecorder } from "@trilane/verification/history";
import type { OpenApproach } from "./approach.ts";
import { monotonicNs, runPaced } from "./paced.ts";
import type { BeginMessage, TrafficCounts } from "./traffic-messages.ts";
import { READS_PER_SECOND, readOf, UNDER_WAY_MAX, type Workload, writeOf, WRITES_PER_SECOND } from "./workload.ts";

export interface TrafficOptions extends BeginMessage, Workload {
  readonly opened: OpenApproach;
  readonly recorder: HistoryRecorder;
  readonly index: number;
  readonly from: number;
  /** Every operation below the mark is settled. */
  readonly onMark: (mark: number) => void;
}

const RETRY_MS = 50;

export async function sendWrites(options: TrafficOptions): Promise<TrafficCounts> {
  const { opened, recorder, index, from, startNs, endNs, onMark } = options;
  const counts = { answered: 0, failed: 0 };
  const marks = new LowWaterMark(from);
  const writeOnce = async (n: number): Promise<boolean> => {
    const record = writeOf(options, index, n);
    const call = recorder.invoke([record]);
    try {
      await opened.write(record);
      // Whether it was applied or refused, no read may return an older version from now on.
      recorder.settle(call, [record], [{ status: "applied", version: record.version }]);
      counts.answered += 1;
      return true;
    } catch {
      // The recording has no outcome for this write, which may still land.
      counts.failed += 1;
      return false;
    }
  };
  const run = async (n: number): Promise<void> => {
    while (!(await writeOnce(n))) {
      if (monotonicNs() > endNs) return;
      await sleep(RETRY_MS);
    }
    if (marks.settle(n)) onMark(marks.mark);
  };
  await runPaced({ perSecond: WRITES_PER_SECOND, underWayMax: UNDER_WAY_MAX, from, startNs, endNs, run });
  return counts;
}

export async function sendReads(options: TrafficOptions): Promise<TrafficCounts> {
  const { opened, recorder, index, from, startNs, endNs } = options;
  const counts = { answered: 0, failed: 0 };
  const run = async (n: number): Promise<void> => {
    const key = readOf(options, index, n);
    const invoke = recorder.nowNs();
    try {
      const version = await opened.read(key);
      recorder.read({ key, version, invoke, return: recorder.nowNs() });
      counts.answered += 1;
    } catch {
      counts.failed += 1;
    }
  };
  await runPaced({ perSecond: READS_PER_SECOND, underWayMax: UNDER_WAY_MAX, from, startNs, endNs, run });
  return counts;
}

/** Like the commits of a consumer: everything below the first operation that is not settled. */
class LowWaterMark {
  mark: number;
  readonly #settled: Set<number> = new Set();

  constructor(from: number) {
    this.mark = from;
  }

  /** True when the mark moved. */
  settle(n: number): boolean {
    this.#settled.add(n);
    const before = this.mark;
    while (this.#settled.delete(this.mark)) this.mark += 1;
    return this.mark > before;
  }
}
