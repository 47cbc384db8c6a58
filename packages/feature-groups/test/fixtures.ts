/**
 * Groups of every kind, and a core in memory that keeps the promise of the real
 * one: a max-register per key.
 */
import {
  NO_VERSION,
  type Explanation,
  type Lane,
  type ReadResult,
  type Receipt,
  type TimeOfDay,
  type WriteOptions,
  type WriteRecord,
} from "@trilane/write-through";
import * as z from "zod";
import {
  type CoreReader,
  type CoreWriter,
  days,
  defineConfig,
  defineGroup,
  integer,
  type ParseContext,
  type ParsedRecord,
  years,
} from "../src/index.ts";

/** 2001-07-01T00:00:00Z. */
export const NOW_MS = 993_945_600_000;

export const config = defineConfig({
  groups: {
    routes: defineGroup({
      key: ["origin", "destination"],
      eventTime: { field: "date", unit: "timestamp" },
      schema: z.object({ delay: integer(), distance: integer() }),
      ttlMs: years(100),
    }),
    departures: defineGroup({
      key: ["origin", "destination", "date"],
      eventTime: { field: "date", unit: "timestamp" },
      schema: z.object({ delay: integer() }),
      ttlMs: years(100),
    }),
    airports: defineGroup({
      key: ["iata"],
      eventTime: { from: "source" },
      schema: z.object({ name: z.string(), runways: z.int().optional() }),
      ttlMs: years(100),
    }),
    passengers: defineGroup({
      key: ["passenger"],
      eventTime: { field: "at", unit: "ms" },
      sequence: "sequence",
      subject: "passenger",
      schema: z.object({ miles: z.int(), note: z.string().optional() }),
      ttlMs: days(7),
      populate: { batch: "always" },
    }),
  },
});

export const { routes, departures, airports, passengers } = config.groups;

export const flight = { origin: "SEA", destination: "SFO", date: "2001-01-31T08:05:00Z", delay: -3, distance: 679 };
export const FLIGHT_TIME_US = 980_928_300_000_000;

export function context(lane: Lane = "stream", more: Partial<ParseContext> = {}): ParseContext {
  return { lane, nowMs: NOW_MS, ...more };
}

/** The record; throws with the outcome where there is none. */
export function recordOf(parsed: ParsedRecord): WriteRecord {
  if (parsed.kind === "record") return parsed.record;
  throw new Error(`no record but ${JSON.stringify(parsed)}`);
}

export class MemoryCore implements CoreReader, CoreWriter {
  readonly records = new Map<string, WriteRecord>();
  readonly calls: WriteOptions[] = [];
  reads = 0;
  nowMs = NOW_MS;
  /** Answers of the next reads, by key. */
  readonly overrides = new Map<string, ReadResult>();

  isErased(): boolean {
    return false;
  }

  timeOfDay(): TimeOfDay {
    return { kind: "confirmed", nowMs: this.nowMs };
  }

  write(records: readonly WriteRecord[], options: WriteOptions): Promise<readonly Receipt[]> {
    this.calls.push(options);
    return Promise.resolve(records.map((record) => this.#put(record)));
  }

  async readOne(key: string): Promise<ReadResult> {
    this.reads += 1;
    return this.#get(key);
  }

  async read(keys: readonly string[]): Promise<readonly ReadResult[]> {
    this.reads += 1;
    return keys.map((key) => this.#get(key));
  }

  explain(key: string): Promise<Explanation> {
    const cache = { kind: "got", entry: { state: "absent" } } as const;
    const store = { kind: "found", copy: { version: NO_VERSION, body: null } } as const;
    return Promise.resolve({ key, epoch: 1, mode: "on", cache, store, verdict: "store-answers" });
  }

  #put(record: WriteRecord): Receipt {
    const { key, version } = record;
    const held = this.records.get(key)?.version ?? NO_VERSION;
    if (held === version) return { status: "duplicate", version };
    if (held > version) return { status: "superseded", version, by: held };
    this.records.set(key, record);
    return { status: "applied", version };
  }

  #get(key: string): ReadResult {
    const override = this.overrides.get(key);
    if (override !== undefined) return override;
    const record = this.records.get(key);
    if (record === undefined) return { kind: "absent", version: NO_VERSION, source: "store" };
    const { version, payload, expiresAtMs } = record;
    if (payload === null) return { kind: "absent", version, source: "store" };
    return { kind: "found", version, payload, expiresAtMs, source: "cache" };
  }
}
