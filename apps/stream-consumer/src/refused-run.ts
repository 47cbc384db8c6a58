/**
 * Counts refused records in a row over the slices of one partition. One bad
 * message among good ones is a dead letter. A thousand in a row, or a few of
 * plainly another serialization, mean a wrong topic, a wrong group or a wrong
 * schema, and it would help nobody to move a whole topic into its dead letters.
 */
import type { StopReason } from "./partition-stops.ts";

export interface RefusedRun {
  readonly count: number;
  /** How many of the last records are of `serialization`. */
  readonly sameCount: number;
  readonly serialization: string | null;
}

/** One record that was refused. */
export interface Refusal {
  /** The serialization of the record, where it is plainly another one. */
  readonly serialization: string | null;
  readonly reason: string;
  readonly detail: string;
}

export interface RunStop {
  readonly reason: Exclude<StopReason, "unreadable-batch">;
  /** The first record of the run within these records; no record of the run is handled. */
  readonly startIndex: number;
  readonly lastIndex: number;
  readonly detail: string;
}

export interface ScannedRun {
  readonly run: RefusedRun;
  readonly stop: RunStop | null;
}

export const NO_RUN: RefusedRun = { count: 0, sameCount: 0, serialization: null };
export const REFUSED_IN_ROW_MAX_DEFAULT = 1_000;
/** Much fewer are enough here, because nothing else looks like another serialization. */
const OTHER_SERIALIZATION_IN_ROW_MAX = 10;

/** Null stands for a record that was not refused, or that an operator gives up. */
export function scanRefusals(refusals: readonly (Refusal | null)[], before: RefusedRun, inRowMax: number): ScannedRun {
  const otherMax = Math.min(inRowMax, OTHER_SERIALIZATION_IN_ROW_MAX);
  let run = before;
  let startIndex = 0;
  for (const [index, refusal] of refusals.entries()) {
    run = refusal === null ? NO_RUN : extended(run, refusal);
    if (refusal === null) {
      startIndex = index + 1;
      continue;
    }
    const { serialization, sameCount, count } = run;
    if (serialization !== null && sameCount >= otherMax) {
      const detail = `${sameCount} records in a row are not JSON but ${serialization}`;
      return { run, stop: { reason: "other-serialization", startIndex, lastIndex: index, detail } };
    }
    if (count >= inRowMax) {
      const last = `${refusal.reason}: ${refusal.detail}`;
      const detail = `${count} records in a row were refused (--dead-max), the last one as ${last}`;
      return { run, stop: { reason: "refused-records", startIndex, lastIndex: index, detail } };
    }
  }
  return { run, stop: null };
}

function extended({ count, sameCount, serialization }: RefusedRun, refusal: Refusal): RefusedRun {
  const isSame = refusal.serialization !== null && refusal.serialization === serialization;
  return {
    count: count + 1,
    serialization: refusal.serialization,
    sameCount: isSame ? sameCount + 1 : Number(refusal.serialization !== null),
  };
}
