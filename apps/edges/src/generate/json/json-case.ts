/**
 * NDJSON as it arrives: good lines, blank ones, lines that are no JSON, lines
 * that are no text.
 */
import fc from "fast-check";
import { type Gzipping, gzippings } from "../gzip-members.ts";
import { type JsonNode, jsonNodes, writtenJson } from "./json-node.ts";

export type JsonLine =
  | { readonly kind: "json"; readonly node: JsonNode; readonly blank: string }
  | { readonly kind: "blank"; readonly text: string }
  | { readonly kind: "broken"; readonly text: string }
  /** Bytes that are no UTF-8 stand in a text. */
  | { readonly kind: "damaged" }
  /** So many brackets that a recursive reader fails. */
  | { readonly kind: "deep"; readonly levels: number; readonly number: string };

export interface JsonCase {
  readonly hasByteOrderMark: boolean;
  readonly lines: readonly JsonLine[];
  readonly ends: readonly string[];
  readonly isCut: boolean;
  readonly gzipping: Gzipping | null;
  /** Whether the name says that it is a gzip. */
  readonly isNamedGzip: boolean;
  readonly rangeBytes: number;
  readonly chunkBytes: number;
  readonly recordsPerSlice: number;
}

const BROKEN = [
  ['{"a":1', '{"a":1}{"b":2}', '{"a":1} {"b":2}', "{a:1}", "{'a':1}", '{"a":1,}', '{"a"}', '{"a":}', "[1,]", "[1 2]"],
  ["NaN", "[NaN]", '{"a":NaN}', "-Infinity", "01", "-01", "1.", ".5", "+1", "0x10", "1e", "1_000", "--1"],
  ['"\t"', '"\\x41"', '"\\u12"', '"ab', "True", "nul", "undefined", "// no", "\u0001", '{"a":1}x', "]", ","],
  ["\u00a0", "\u2028", "\u3000", "\u000b", "\f", "\u0085", "\ufeff", " \u00a0 "],
].flat();
const LINES_MAX = 6;
const DEEP_LEVELS_MAX = 12_000;
export const DAMAGED_LINE: Buffer = Buffer.from([0x22, 0x61, 0xff, 0x22]);

const blanks = fc.constantFrom("", " ", "\t", " \t\r ");
const jsonLines: fc.Arbitrary<JsonLine> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("json" as const), node: jsonNodes, blank: blanks }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("blank" as const), text: blanks }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("broken" as const), text: fc.constantFrom(...BROKEN) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "damaged" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("deep" as const),
      levels: fc.nat(DEEP_LEVELS_MAX),
      number: fc.constantFrom("1", "12345678901234567890"),
    }),
  },
);

export const jsonCases: fc.Arbitrary<JsonCase> = fc.record({
  hasByteOrderMark: fc.boolean(),
  lines: fc.array(jsonLines, { maxLength: LINES_MAX }),
  ends: fc.array(fc.constantFrom("\n", "\r\n"), { minLength: 1, maxLength: 2 }),
  isCut: fc.boolean(),
  gzipping: gzippings,
  isNamedGzip: fc.boolean(),
  rangeBytes: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constant(1_000_000)),
  chunkBytes: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(65_536)),
  recordsPerSlice: fc.integer({ min: 1, max: 5 }),
});

export function lineBytes(line: JsonLine): Buffer {
  switch (line.kind) {
    case "json":
      return Buffer.from(line.blank + writtenJson(line.node) + line.blank);
    case "blank":
    case "broken":
      return Buffer.from(line.text);
    case "damaged":
      return DAMAGED_LINE;
    case "deep":
      return Buffer.from("[".repeat(line.levels) + line.number + "]".repeat(line.levels));
  }
}
