/**
 * The load that every approach gets: the key and the version of the nth
 * operation of a process. They depend on seed, process and n alone, so a
 * process that was killed sends the same records again.
 *
 * Two lanes write the same keys, each at its own pace, so versions of one key
 * come out of order: most are the newest, some are late, some are a record that
 * was sent before.
 */
import { makeVersion, type Version } from "@trilane/write-through";
import type { ComparedRecord } from "./approach.ts";

export interface Workload {
  readonly seed: number;
  readonly keys: number;
}

export const WRITERS = 2;
export const READERS = 2;
export const WRITES_PER_SECOND = 80;
export const READS_PER_SECOND = 500;
/** The maximum of operations of one process that are under way at once. */
export const UNDER_WAY_MAX = 24;

/** The length of each record's payload. */
export const PAYLOAD_CHARACTERS = 6_000;
/** Keys are drawn by this power of a uniform number, so half of the draws falls on a quarter of the keys. */
const SKEW = 2;
const LATE_SHARE = 0.2;
const AGAIN_SHARE = 0.1;
/** How many operations late and repeated records may go back. */
const BACK_MAX = 200;
const EVENT_TIME_US_FIRST = 1_700_000_000_000_000;
const MICROSECONDS_PER_WRITE = 1_000;

/** Writers have the first numbers, then readers. */
export const PROCESSES: number = WRITERS + READERS;

/** The nth write of a writer, from 0. */
export function writeOf(workload: Workload, writer: number, n: number): ComparedRecord {
  const dice = diceOf(workload.seed, writer, n);
  const kind = dice(0);
  if (n > 0 && kind < AGAIN_SHARE)
    return writeOf(workload, writer, Math.max(0, n - 1 - Math.floor(dice(1) * BACK_MAX)));
  const back = kind < AGAIN_SHARE + LATE_SHARE ? Math.floor(dice(1) * BACK_MAX) : 0;
  const version = makeVersion({
    eventTimeUs: EVENT_TIME_US_FIRST + Math.max(0, n - back) * MICROSECONDS_PER_WRITE,
    sequence: 0n,
    lane: writer % 2 === 0 ? "stream" : "batch",
    contentHash: (n * WRITERS + writer).toString(16).padStart(16, "0"),
  });
  return { key: keyOf(workload, dice(2)), version, payload: payloadOf(version) };
}

/** The nth key that a reader asks for. */
export function readOf(workload: Workload, reader: number, n: number): string {
  return keyOf(workload, diceOf(workload.seed, WRITERS + reader, n)(2));
}

function keyOf({ keys }: Workload, draw: number): string {
  return `key-${Math.floor(draw ** SKEW * keys)}`;
}

function payloadOf(version: Version): string {
  return version.repeat(Math.ceil(PAYLOAD_CHARACTERS / version.length));
}

/** The dice of one operation: the same seed, process, n and face give the same number, from 0 to 1. */
function diceOf(seed: number, process: number, n: number): (face: number) => number {
  return (face) => {
    let mixed = (seed ^ Math.imul(process + 1, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b)) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16) ^ Math.imul(face + 1, 0x27d4eb2f), 0xc2b2ae35);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
