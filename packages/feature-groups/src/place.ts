/**
 * Places: the positions of records in their sources. Of two records of one
 * event time the one that stands later in the source wins. There is one layout
 * per kind of source, all of the same width. Every layout begins with a time,
 * coarse or fine, so that places of different kinds within one lane are in the
 * order of their times.
 *
 *     row of an object    second of its last change (10) | digest of the object (14) | row (16)
 *     message of a topic  its time in ms (13)            | partition (8, hex)        | offset (19)
 *     record of a job     the job's time in ms (13)      | digest of its id (14)     | index in its list (13)
 *     asked for           time of asking in ms (13)      | zeros (14)                | index in its list (13)
 *
 * Of two objects or jobs of one time, the digest lets one win as a whole and
 * not half of each. A place follows from the source alone and is the same on
 * every replay; only a record that is asked for has the time of the asking.
 *
 * A place never refuses a record: a number beyond its width counts as the
 * highest that fits, a missing or negative one as zero.
 */
import { hash } from "node:crypto";
import { type Lane, NO_PLACE } from "@trilane/write-through";
import { formatTimeUs } from "./iso-time.ts";

declare const placeBrand: unique symbol;

/** Of two places of one lane the higher one wins. Only the functions of this file make places. */
export type Place = string & { readonly [placeBrand]: true };

const SECOND_WIDTH = 10;
const MS_WIDTH = 13;
const DIGEST_WIDTH = 14;
const ROW_WIDTH = 16;
const PARTITION_WIDTH = 8;
const OFFSET_WIDTH = 19;
const INDEX_WIDTH = 13;
const HEX = 16;
const MS_PER_SECOND = 1_000;
const US_PER_MS = 1_000;
const US_PER_SECOND = 1_000_000;

export interface ObjectSource {
  /** Milliseconds since 1970. Only the seconds count, because object stores have no finer time. */
  readonly lastModifiedMs: number;
  /** The object's name and content: the same for the same object on every load. */
  readonly identity: readonly string[];
}

/** The places of an object's rows, by their number, which may be any number that rises through the object. */
export function objectPlaces({ lastModifiedMs, identity }: ObjectSource): (row: number) => Place {
  const start = digits(Math.floor(lastModifiedMs / MS_PER_SECOND), SECOND_WIDTH) + digestOf(JSON.stringify(identity));
  return (row) => (start + digits(row, ROW_WIDTH)) as Place;
}

export interface MessageSource {
  /** Milliseconds since 1970; null for a message without a time, which is below all messages with one. */
  readonly timestampMs: number | null;
  readonly partition: number;
  readonly offset: bigint;
}

/** The time comes before the offset, since offsets begin anew with a topic that is made again or mirrored. */
export function messagePlace({ timestampMs, partition, offset }: MessageSource): Place {
  const time = digits(timestampMs ?? 0, MS_WIDTH);
  const inTopic = partition.toString(HEX).padStart(PARTITION_WIDTH, "0");
  return (time + inTopic + digits(offset, OFFSET_WIDTH)) as Place;
}

export interface JobSource {
  /** Milliseconds since 1970; null for a job without a time, which is below all jobs with one. */
  readonly timeMs: number | null;
  readonly id: string;
}

/** The places of a job's records, by their index in its list. */
export function jobPlaces({ timeMs, id }: JobSource): (index: number) => Place {
  const start = digits(timeMs ?? 0, MS_WIDTH) + digestOf(id);
  return (index) => (start + digits(index, INDEX_WIDTH)) as Place;
}

/** The places of the records that one call asks for, by their index in its list. Another call has another time. */
export function askedPlaces(askedMs: number): (index: number) => Place {
  const start = digits(askedMs, MS_WIDTH) + "0".repeat(DIGEST_WIDTH);
  return (index) => (start + digits(index, INDEX_WIDTH)) as Place;
}

/** A place's parts, for people. */
export type ParsedPlace =
  | { readonly kind: "none" }
  | { readonly kind: "row"; readonly changedUs: number; readonly object: string; readonly row: number }
  | { readonly kind: "message"; readonly timeUs: number; readonly partition: number; readonly offset: bigint }
  | { readonly kind: "job"; readonly timeUs: number; readonly job: string; readonly index: number }
  | { readonly kind: "asked"; readonly askedUs: number; readonly index: number }
  /** A place that this file does not make. */
  | { readonly kind: "other" };

const ROW_SHAPE = /^([0-9]{10})([0-9a-f]{14})([0-9]{16})$/;
const MESSAGE_SHAPE = /^([0-9]{13})([0-9a-f]{8})([0-9]{19})$/;
const JOB_SHAPE = /^([0-9]{13})([0-9a-f]{14})([0-9]{13})$/;
/** The shape of an asked place, in any lane. A message of partition 0 looks the same, and is described as one. */
const ASKED_SHAPE = /^([0-9]{13})0{14}([0-9]{13})$/;

export function parsePlace(lane: Lane, place: string): ParsedPlace {
  if (place === NO_PLACE) return { kind: "none" };
  if (lane === "stream") return parseMessagePlace(place);
  const asked = ASKED_SHAPE.exec(place);
  if (asked !== null) return { kind: "asked", askedUs: Number(asked[1]) * US_PER_MS, index: Number(asked[2]) };
  return lane === "batch" ? parseRowPlace(place) : parseJobPlace(place);
}

/** A place in words, such as `17 in the object 3f… of 2026-11-25T22:10:00Z`. */
export function describePlace(lane: Lane, place: string): string {
  const parsed = parsePlace(lane, place);
  switch (parsed.kind) {
    case "none":
      return "no place";
    case "row":
      return `${parsed.row} in the object ${parsed.object} of ${formatTimeUs(parsed.changedUs)}`;
    case "message":
      return `offset ${parsed.offset} of partition ${parsed.partition}, a message of ${formatTimeUs(parsed.timeUs)}`;
    case "job":
      return `${parsed.index} in the list of the job ${parsed.job} of ${formatTimeUs(parsed.timeUs)}`;
    case "asked":
      return `${parsed.index} in the list of what was asked for at ${formatTimeUs(parsed.askedUs)}`;
    case "other":
      return place;
  }
}

function parseRowPlace(place: string): ParsedPlace {
  const [, second, object = "", row] = ROW_SHAPE.exec(place) ?? [];
  if (second === undefined) return { kind: "other" };
  return { kind: "row", changedUs: Number(second) * US_PER_SECOND, object, row: Number(row) };
}

function parseMessagePlace(place: string): ParsedPlace {
  const [, time, partition = "", offset = ""] = MESSAGE_SHAPE.exec(place) ?? [];
  if (time === undefined) return { kind: "other" };
  const timeUs = Number(time) * US_PER_MS;
  return { kind: "message", timeUs, partition: Number.parseInt(partition, HEX), offset: BigInt(offset) };
}

function parseJobPlace(place: string): ParsedPlace {
  const [, time, job = "", index] = JOB_SHAPE.exec(place) ?? [];
  if (time === undefined) return { kind: "other" };
  return { kind: "job", timeUs: Number(time) * US_PER_MS, job, index: Number(index) };
}

function digits(value: number | bigint, width: number): string {
  if (!(value > 0)) return "0".repeat(width);
  const text = String(typeof value === "number" ? Math.floor(Math.min(value, Number.MAX_SAFE_INTEGER)) : value);
  return text.length > width ? "9".repeat(width) : text.padStart(width, "0");
}

function digestOf(text: string): string {
  return hash("sha256", text, "hex").slice(0, DIGEST_WIDTH);
}
