/**
 * Rows that are ranked by their bytes beside rows that are read one by one: random texts, damaged ones among them, are
 * loaded both ways.
 */
import {
  createFeatureWriter,
  decimal,
  defineConfig,
  defineGroup,
  type FeatureConfig,
  groupOf,
  integer,
  RankScan,
  years,
} from "@trilane/feature-groups";
import { Metrics } from "@trilane/lane-kit";
import { CoreError, type Receipt, systemClock, type WriteRecord } from "@trilane/write-through";
import * as z from "zod";
import { expect, test } from "vitest";
import { formatOf, openFormats } from "../../src/formats/index.ts";
import type { TextRanks } from "../../src/formats/format.ts";
import { type LoadLimits, loadLimitsDefaults } from "../../src/limits.ts";
import { isWaiting, beginUnit, type UnitOptions } from "../../src/load/run-unit.ts";
import { planUnits } from "../../src/load/plan-units.ts";
import { WritePace } from "../../src/load/write-pace.ts";
import { RefusalCount } from "../../src/report/refusals.ts";
import type { SourceObject } from "../../src/s3/source-object.ts";
import { sourceObject } from "../source-object.ts";
import { objectOf } from "../formats/object-of.ts";

const SEED = 416;
const TEXTS = 150;
const NOW_MS = Date.UTC(2026, 0, 1);

const config: FeatureConfig = defineConfig({
  groups: {
    flights: defineGroup({
      key: ["origin", "destination"],
      eventTime: { field: "date", unit: "timestamp" },
      sequence: "step",
      schema: z.object({ delay: integer(), share: decimal(), note: z.string().optional(), any: z.any() }),
      ttlMs: years(20),
    }),
    airports: defineGroup({
      key: ["origin"],
      eventTime: { from: "source" },
      schema: z.object({ delay: integer().optional(), destination: z.string() }),
      ttlMs: years(100),
    }),
    numbers: defineGroup({
      key: ["origin"],
      eventTime: { field: "date", unit: "iso" },
      schema: z.object({ delay: z.number(), note: z.string().nullable() }),
      ttlMs: years(100),
    }),
  },
});
const GROUPS = ["flights", "airports", "numbers"] as const;
const COLUMNS = ["origin", "destination", "date", "step", "delay", "share", "note", "any", "other"];

type Random = (below: number) => number;

function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random(items.length)] as Item;
}

const DATES = [
  "2011-01-31T08:05:00Z",
  "2011-01-31T08:05:00.000001Z",
  "2012-02-29T23:59:59.5Z",
  "2012-02-30T00:00:00Z",
  "2011-01-31 08:05",
  "2001-01-31T08:05:00Z",
  "2027-01-31T08:05:00Z",
  "",
];
const TEXT_VALUES = ["A", "B", "a%b", "", "é", "{x}", "a\u0000", " A", "a\rb"];
const NUMBERS = [
  "0",
  "7",
  "-3",
  "1.5",
  "12.25",
  "+4",
  "5.",
  ".5",
  "1e2",
  "",
  "x",
  "123456789012345",
  "9007199254740993",
  "-0",
];
const STEPS = ["0", "1", "2", "12", "-1", "+1", "1.0", "9223372036854775807", ""];

/** A row that is usually valid, as texts by column. */
function cellsOf(random: Random): Map<string, string> {
  const usual = random(4) > 0;
  const one = (values: readonly string[], first: number): string =>
    pick(random, usual ? values.slice(0, first) : values);
  return new Map([
    ["origin", one(TEXT_VALUES, 3)],
    ["destination", one(TEXT_VALUES, 2)],
    ["date", one(DATES, 3)],
    ["step", one(STEPS, 3)],
    ["delay", one(NUMBERS, 3)],
    ["share", one(NUMBERS, 5)],
    ["note", one(TEXT_VALUES, 3)],
    ["any", one(TEXT_VALUES, 3)],
    ["other", random(40) === 0 ? "x".repeat(80) : one(TEXT_VALUES, 3)],
  ]);
}

function jsonLine(random: Random): string {
  if (random(25) === 0) return pick(random, ["", "  ", "[1]", "7", "null", '{"a":{"b":1}}', "\u00a0"]);
  const members = [...cellsOf(random)].flatMap(([name, value]) => {
    if (random(30) === 0) return [];
    const isNumber = ["step", "delay", "share"].includes(name) && random(20) > 0;
    const written = isNumber && value !== "" ? value : JSON.stringify(value);
    return [`"${name}":${random(20) === 0 ? pick(random, ["null", "true", "[]", '"\\u0041"']) : written}`];
  });
  if (random(30) === 0) members.push('"__proto__":1');
  if (random(30) === 0) members.push('"origin":"B"');
  return `{${members.join(random(5) === 0 ? ", " : ",")}}`;
}

function csvLine(random: Random, columns: readonly string[], delimiter: string): string {
  if (random(25) === 0) return pick(random, ["", "A", "\r", "A\rB"]);
  const cells = cellsOf(random);
  const texts = columns.map((name) => {
    const value = cells.get(name) ?? "";
    return random(30) === 0 ? `"${value}${pick(random, ["", '""', "\n", delimiter])}"` : value;
  });
  return texts.join(delimiter);
}

const EDITS = ['"', "\n", "\r", ",", "\\", "{", "}", "0", "é", "\u0000"];

/** A text, and now and then one character of it is another one, or one byte is no UTF-8. */
function bytesOf(random: Random, kind: "ndjson" | "csv"): Buffer {
  const end = pick(random, ["\n", "\n", "\r\n", "\r\r\n"]);
  const count = 1 + random(60);
  const columns = COLUMNS.filter((name) => name !== "note" || random(2) === 0).toSorted(() => random(3) - 1);
  const delimiter = pick(random, [",", ",", ";", "\t"]);
  const lines = Array.from({ length: count }, () =>
    kind === "ndjson" ? jsonLine(random) : csvLine(random, columns, delimiter),
  );
  if (kind === "csv") lines.unshift(columns.join(delimiter));
  let text = (random(5) === 0 ? "\ufeff" : "") + lines.join(end) + (random(2) === 0 ? end : "");
  if (random(3) === 0) {
    const at = random(text.length);
    text = text.slice(0, at) + pick(random, EDITS) + text.slice(at + random(2));
  }
  const bytes = Buffer.from(text);
  if (random(6) === 0) bytes[random(bytes.length)] = 0xff;
  return bytes;
}

interface Loaded {
  readonly steps: readonly unknown[];
  readonly ranked: number;
}

interface Case {
  readonly kind: "ndjson" | "csv";
  readonly group: (typeof GROUPS)[number];
  readonly bytes: Buffer;
  readonly chunkBytes: number;
  readonly limits: Partial<LoadLimits>;
  /** Keys with this letter are not written at first. */
  readonly fails: boolean;
}

/** Every step of a load with all that it told: writes, letters, refusals, checkpoints or the error. */
async function loaded(
  { kind, group, bytes, chunkBytes, limits: some, fails }: Case,
  isRanked: boolean,
): Promise<Loaded> {
  const format = formatOf(`a.${kind}`);
  if (format === null) throw new TypeError("the format is not known");
  const object: SourceObject = { ...sourceObject, key: `a.${kind}`, format };
  const steps: unknown[] = [];
  let ranked = 0;
  const clock = { ...systemClock, nowMs: () => NOW_MS, sleep: () => Promise.resolve() };
  let calls = 0;
  const write = (records: readonly WriteRecord[]): Promise<readonly Receipt[]> => {
    calls += 1;
    const call = calls;
    steps.push(
      records.map(({ payload, ...record }) => ({ ...record, payload: Buffer.from(payload ?? []).toString() })),
    );
    return Promise.resolve(
      records.map(({ key, version }): Receipt => {
        if (fails && call === 1 && key.includes("A")) {
          return { status: "failed", error: new CoreError("STORE_UNAVAILABLE", "injected") };
        }
        return { status: "applied", version };
      }),
    );
  };
  const core = {
    write,
    isErased: () => false,
    timeOfDay: () => ({ kind: "confirmed", nowMs: NOW_MS }) as const,
  };
  const refusals = new RefusalCount();
  const reader = { open: () => objectOf(bytes, chunkBytes) };
  const limits = { ...loadLimitsDefaults, ...some };
  const options: UnitOptions = {
    platform: {
      config,
      writer: createFeatureWriter(config, core),
      clock,
      random: () => 0,
      metrics: new Metrics(),
      cacheEpoch: core,
    },
    areBeaten: async (changes) => changes.map(() => false),
    pace: new WritePace({ clock, writesPerSecond: null }),
    group,
    reader,
    checkpoints: {
      finishUnit: async ({ id, counts }) => {
        steps.push({ id, counts: { ...counts } });
        return { counts, note: null };
      },
    },
    refusals,
    deadLettersOf: () => ({
      addAll: async (rows) => void steps.push(...rows.map((row) => ({ ...row, input: shown(row.input) }))),
      flush: async () => undefined,
    }),
    retry: { attemptsMax: 3, baseMs: 1, maxMs: 1 },
  };
  const scan = RankScan.of(groupOf(config, group));
  const ranks = isRanked && scan !== null ? counting(scan, () => (ranked += 1)) : null;
  try {
    const formats = openFormats({ columnsNeeded: ["origin"], columnsTaken: null, ranks, limits });
    const { units, failures } = await planUnits({ objects: [object], reader, formats, limits });
    steps.push(failures.map(String));
    for (const unit of units) {
      const call = { signal: new AbortController().signal, onReceipts: (counts: object) => steps.push({ ...counts }) };
      const run = await beginUnit(unit, options, call);
      if (isWaiting(run)) await run.finish(call);
    }
  } catch (error) {
    steps.push(String(error));
  }
  return { steps: [...steps, refusals.all()], ranked };
}

function counting(scan: TextRanks, count: () => void): TextRanks {
  const counted = (ranks: TextRanks["json"]): TextRanks["json"] => ({
    rankAt(bytes, from, end) {
      const rank = ranks.rankAt(bytes, from, end);
      if (rank !== null) count();
      return rank;
    },
  });
  return {
    json: counted(scan.json),
    cells(columns, delimiter) {
      const ranks = scan.cells(columns, delimiter);
      return ranks === null ? null : counted(ranks);
    },
  };
}

/** With the types of values. */
function shown(input: unknown): unknown {
  if (typeof input === "bigint") return `${input}n`;
  if (typeof input !== "object" || input === null || input instanceof Uint8Array) return input;
  return Object.entries(input).map(([name, value]): unknown => [name, shown(value)]);
}

test("every plain row is ranked, whatever its end and its neighbours are", async () => {
  const json = '{"origin":"A","destination":"B","delay":1}';
  const csv = "A,B,1";
  const limits = {};
  for (const end of ["\n", "\r\n"]) {
    const given = { group: "airports", chunkBytes: 100_000, limits, fails: false } as const;
    const lines = [json, json, '{"origin":"é","destination":"B"}', "", "7", json, json];
    const ndjson = await loaded({ ...given, kind: "ndjson", bytes: Buffer.from(lines.join(end)) }, true);
    expect(ndjson.ranked).toBe(4);
    const rows = ["origin,destination,delay", csv, csv, "é,B,1", "", "A", '"A",B,1', csv, csv, ""];
    expect((await loaded({ ...given, kind: "csv", bytes: Buffer.from(rows.join(end)) }, true)).ranked).toBe(4);
  }
});

test.each(["ndjson", "csv"] as const)(
  `a load of ranked rows of %s is that of read rows, seed ${SEED}`,
  async (kind) => {
    const random = randomOf(SEED);
    const ranked = new Map<string, number>();
    for (let index = 0; index < TEXTS; index += 1) {
      const group = pick(random, GROUPS);
      const bytes = bytesOf(random, kind);
      const chunkBytes = pick(random, [1, 7, 100, 3_000, 100_000]);
      const limits = {
        recordsPerSlice: pick(random, [1, 7, 1_000]),
        recordsPerWrite: pick(random, [1, 7, 1_000]),
        sliceBytesMax: pick(random, [200, 100_000]),
        csvRecordBytesMax: pick(random, [70, 10_000]),
        ndjsonRangeBytes: pick(random, [300, 100_000]),
      };
      const one = { kind, group, bytes, chunkBytes, limits, fails: random(5) === 0 };
      const found = await loaded(one, true);
      expect(found.steps, `text ${index}, ${group}: ${bytes.toString("latin1")}`).toEqual(
        (await loaded(one, false)).steps,
      );
      ranked.set(group, (ranked.get(group) ?? 0) + found.ranked);
    }
    expect(ranked.get("flights")).toBeGreaterThan(300);
    expect(ranked.get("airports")).toBeGreaterThan(300);
    // A CSV has no numbers.
    if (kind === "csv") expect(ranked.get("numbers")).toBe(0);
    else expect(ranked.get("numbers")).toBeGreaterThan(300);
  },
);
