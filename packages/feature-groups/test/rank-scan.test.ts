/** The scan of a record's bytes beside the parser, which decides what is right. */
import { parseVersion } from "@trilane/write-through";
import * as z from "zod";
import { describe, expect, test } from "vitest";
import {
  createFeatureWriter,
  decimal,
  defineConfig,
  defineGroup,
  type FeatureChange,
  type FeatureGroup,
  integer,
  parseChange,
  parseExactJson,
  parseIsoTimeUs,
  RefusedInput,
  years,
} from "../src/index.ts";
import { isoBytesUs } from "../src/iso-bytes.ts";
import { RankScan } from "../src/rank-scan.ts";
import { context, MemoryCore } from "./fixtures.ts";

const SEED = 1_617;
const ROUNDS = 20_000;
const SOURCE_TIME_US = 980_928_300_000_000;

const config = defineConfig({
  groups: {
    flat: defineGroup({
      key: ["origin", "destination"],
      eventTime: { field: "date", unit: "timestamp" },
      sequence: "step",
      schema: z.object({
        delay: integer(),
        share: decimal().nullable(),
        note: z.string().optional(),
        isLate: z.boolean().optional(),
        any: z.any().optional(),
        origin: z.string(),
      }),
      ttlMs: years(100),
    }),
    short: defineGroup({
      key: ["iata"],
      eventTime: { from: "source" },
      schema: z.object({ big: z.bigint().optional(), size: z.number() }),
      ttlMs: years(1),
    }),
  },
});

/** Whole numbers below `below`, from a seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = ReturnType<typeof randomOf>;

const VALUES = [
  ['"SEA"', '"SFO"', '""', '"a%b"', '"ü"', String.raw`"\u0041"`, '"a\u007f"', '"a\tb"', "true", "false", "null"],
  [
    "0",
    "-0",
    "1",
    "-1",
    "01",
    "1.5",
    "1.0",
    "1.",
    ".5",
    "1e3",
    "123456789012345",
    "1234567890123456",
    "9007199254740993",
  ],
  [
    "0.12345678901234567",
    "[]",
    "{}",
    '{"a":1}',
    "NaN",
    "tru",
    '"2001-01-31T08:05:00Z"',
    '"2001-01-31T08:05:00.1234567Z"',
  ],
  [
    '"2001-01-31 08:05"',
    '"2001-02-30T08:05:00Z"',
    '"1969-12-31T23:59:59Z"',
    '"2091-01-31T08:05:00Z"',
    '"2001-01-31T08:05:00.Z"',
  ],
].flat();
const NAMES = [
  "origin",
  "destination",
  "date",
  "step",
  "delay",
  "share",
  "note",
  "isLate",
  "any",
  "iata",
  "size",
  "big",
];
const OTHER_NAMES = ["other", "__proto__", "toString", "ü", String.raw`del\u0061y`];
const BLANKS = ["", "", "", " ", "\n", "\t ", "\r", "\u00a0"];
const EDITS = ["{", "}", '"', ",", ":", "\\", "0", "-", ".", "e", " ", "x", "\u0000", "é"];

function textOf(random: Random): string {
  const members = new Map([
    ["origin", `"${"ABC"[random(3)] ?? ""}"`],
    ["destination", '"SFO"'],
    ["iata", '"SEA"'],
    ["size", "1.5"],
    ["date", `"2001-01-3${random(2)}T08:05:00.00${random(3)}Z"`],
    ["step", String(random(2))],
    ["delay", String(random(5) - 2)],
    ["share", "0.5"],
  ]);
  const names = [...NAMES, ...OTHER_NAMES];
  for (let changes = random(4); changes > 0; changes -= 1) {
    const name = names[random(names.length)] ?? "";
    if (random(5) === 0) members.delete(name);
    else members.set(name, VALUES[random(VALUES.length)] ?? "");
  }
  const blank = (): string => (random(10) === 0 ? (BLANKS[random(BLANKS.length)] ?? "") : "");
  const parts = [...members].map(([name, value]) => `${blank()}"${name}"${blank()}:${blank()}${value}${blank()}`);
  if (random(20) === 0) parts.push(parts[random(parts.length)] ?? "");
  const text = `${blank()}{${parts.join(",")}}${blank()}`;
  if (random(4) > 0) return text;
  const at = random(text.length);
  return text.slice(0, at) + (EDITS[random(EDITS.length)] ?? "") + text.slice(at + random(2));
}

function changeOf(group: string, text: string): FeatureChange {
  // Bytes of other records stand before and after it.
  const before = '{"delay":';
  const bytes = Buffer.from(`${before}${text}}"0`);
  const length = Buffer.byteLength(text);
  return {
    kind: "put",
    group,
    sourceTimeUs: SOURCE_TIME_US,
    get input(): unknown {
      try {
        return parseExactJson(text);
      } catch {
        return new RefusedInput("undecodable-value", "no JSON");
      }
    },
    scan: (scan) => scan.reads(bytes, before.length, before.length + length),
  };
}

test(`what is ranked by its bytes has the rank that its parsed record has, seed ${SEED}`, () => {
  const random = randomOf(SEED);
  const ranked = { flat: 0, short: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = round % 2 === 0 ? "flat" : "short";
    const text = textOf(random);
    const change = changeOf(name, text);
    const rank = RankScan.of(config.groups[name])?.rankOf(change, context());
    if (rank === null || rank === undefined) continue;
    ranked[name] += 1;
    const parsed = parseChange(config, change, context());
    if (parsed.kind !== "record") throw new Error(`ranked, but ${JSON.stringify(parsed)}: ${text}`);
    const { eventTimeUs, sequence } = parseVersion(parsed.record.version);
    expect({ key: parsed.record.key, eventTimeUs, sequence }, text).toEqual(rank);
  }
  expect(ranked.flat).toBeGreaterThan(1_500);
  expect(ranked.short).toBeGreaterThan(2_000);
});

test(`records get the same receipts with the scan as without it, seed ${SEED}`, async () => {
  const random = randomOf(SEED);
  for (let round = 0; round < 300; round += 1) {
    const changes = Array.from({ length: 1 + random(12) }, () => changeOf("flat", textOf(random)));
    const [scanned, parsed] = [new MemoryCore(), new MemoryCore()];
    const withoutScan = changes.map(({ kind, group, input, sourceTimeUs }) => ({ kind, group, input, sourceTimeUs }));
    const receipts = await createFeatureWriter(config, scanned).writeMany(changes, { lane: "stream" });
    const expected = await createFeatureWriter(config, parsed).writeMany(withoutScan, { lane: "stream" });
    // The receipt of a record that has lost makes its version when it is asked for.
    expect(receipts.map(shown)).toEqual(expected.map(shown));
    expect(scanned.records).toEqual(parsed.records);
  }
});

function shown(receipt: object): string {
  return JSON.stringify(receipt);
}

test("a record that loses by its bytes is never decoded", async () => {
  let decoded = 0;
  const flat = (delay: number, second: number): FeatureChange => {
    const date = `2001-01-31T08:05:${String(second).padStart(2, "0")}Z`;
    const record = { origin: "SEA", destination: "SFO", date, step: 0, delay, share: null };
    const change = changeOf("flat", JSON.stringify(record));
    return {
      kind: "put",
      group: "flat",
      get input(): unknown {
        decoded += 1;
        return change.input;
      },
      scan: (scan) => change.scan?.(scan) ?? false,
    };
  };
  const changes = Array.from({ length: 60 }, (_, index) => flat(index, index === 7 ? 59 : index % 50));
  const receipts = await createFeatureWriter(config, new MemoryCore()).writeMany(changes, { lane: "stream" });
  expect(receipts.filter(({ status }) => status === "superseded")).toHaveLength(59);
  expect(decoded).toBe(1);
});

describe("a group of which a scan could tell too little has none", () => {
  const plain = {
    key: ["id"],
    eventTime: { from: "source" },
    schema: z.object({ a: z.string() }),
    ttlMs: years(1),
  } as const;
  const scanOf = (more: object): RankScan | null =>
    RankScan.of(defineConfig({ groups: { one: defineGroup({ ...plain, ...more }) } }).groups.one as FeatureGroup);

  test.each([
    ["a subject", { subject: "id" }],
    ["a ttl of each record", { recordTtl: { field: "ttl", unit: "s" } }],
    ["keys as digests", { keys: "digests" }],
    ["a typed key", { keyTypes: { id: "integer" } }],
    ["a time as a number", { eventTime: { field: "at", unit: "ms" } }],
    ["its time in its key", { eventTime: { field: "id", unit: "iso" } }],
    ["a schema with a check", { schema: z.object({ a: z.string().min(1) }) }],
    ["a field that every object has", { schema: z.object({ toString: z.string().optional() }) }],
  ])("with %s", (_, more) => {
    expect(scanOf(more)).toBeNull();
  });

  test("but a plain one has one", () => {
    expect(scanOf({})).not.toBeNull();
  });
});

test("a name that comes twice is left to the parser", () => {
  const rankOf = (text: string): unknown =>
    RankScan.of(config.groups.short)?.rankOf(changeOf("short", text), context());
  expect(rankOf('{"iata":"A","size":1}')).toMatchObject({ key: "short#A" });
  expect(rankOf('{"iata":"A","size":1,"iata":"B"}')).toBeNull();
});

test("fields of other lengths with the same bytes are other keys, and long ones are found as well", () => {
  const scan = RankScan.of(config.groups.flat);
  const rest = { date: "2001-01-31T08:05:00Z", step: 0, delay: 1, share: null };
  const keyOf = (origin: string, destination: string): string | undefined =>
    scan?.rankOf(changeOf("flat", JSON.stringify({ origin, destination, ...rest })), context())?.key;
  const long = "L".repeat(300);
  for (let again = 0; again < 2; again += 1) {
    expect(keyOf("AB", "C")).toBe("flat#AB#C");
    expect(keyOf("A", "BC")).toBe("flat#A#BC");
    expect(keyOf(long, "C")).toBe(`flat#${long}#C`);
  }
});

test("very many keys do not mix, whether they are remembered or not", () => {
  const scan = RankScan.of(config.groups.short);
  const keyOf = (iata: string): string | undefined =>
    scan?.rankOf(changeOf("short", JSON.stringify({ iata, size: 1 })), context())?.key;
  const isOwn = (index: number): boolean => keyOf(`K${index}`) === `short#K${index}`;
  const numbers = Array.from({ length: 60_000 }, (_, index) => index);
  expect(numbers.filter((index) => !isOwn(index))).toEqual([]);
  expect(numbers.slice(-1_000).filter((index) => !isOwn(index))).toEqual([]);
});

test(`a time in bytes is the time of its text, or is left to the text, seed ${SEED}`, () => {
  const random = randomOf(SEED);
  let read = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const time = new Date(Math.floor((random(2 ** 31) * 253_402_300_799_999) / 2 ** 31)).toISOString();
    const decimals = String(random(10 ** 9)).slice(random(9));
    const form = [time, time.replace(/\.\d+/, ""), time.replace(/\.\d+/, `.${decimals}`)][random(3)] ?? "";
    const at = random(form.length);
    const text =
      random(2) === 0 ? form : form.slice(0, at) + "0123456789-:T.Zz+ "[random(18)] + form.slice(at + random(2));
    const bytes = Buffer.from(`9${text}0Z`);
    const timeUs = isoBytesUs(bytes, 1, 1 + text.length);
    if (Number.isNaN(timeUs)) continue;
    read += 1;
    expect(timeUs, text).toBe(parseIsoTimeUs(text));
  }
  expect(read).toBeGreaterThan(ROUNDS / 2);
});
