/**
 * JSON in its written form: every number by its digits, every character by its
 * escape, every blank.
 */
import fc from "fast-check";

export type JsonNode =
  | { readonly kind: "word"; readonly word: "null" | "true" | "false" }
  | { readonly kind: "number"; readonly source: string }
  | { readonly kind: "text"; readonly units: readonly JsonUnit[] }
  | { readonly kind: "list"; readonly items: readonly JsonNode[]; readonly blank: string }
  | { readonly kind: "object"; readonly members: readonly JsonMember[]; readonly blank: string };

/** A part of a text: its written form, and its meaning. */
export interface JsonUnit {
  readonly written: string;
  readonly meant: string;
}

export interface JsonMember {
  readonly name: readonly JsonUnit[];
  readonly value: JsonNode;
}

const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;
const DIGITS_MAX = 24;
const EXPONENT_MAX = 400;
const HEX = 16;
const ESCAPE_DIGITS = 4;
const CODE_UNIT_MAX = 0xff_ff;

const digits = (minLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...DIGITS), minLength, maxLength: DIGITS_MAX });
const wholes = fc.oneof(
  fc.constant("0"),
  fc.tuple(fc.constantFrom(...DIGITS.slice(1)), digits(0)).map((parts) => parts.join("")),
  fc.constantFrom("9007199254740991", "9007199254740992", "9007199254740993", "18446744073709551616"),
);
const exponents = fc
  .tuple(fc.constantFrom("e", "E"), fc.constantFrom("", "+", "-"), fc.nat(EXPONENT_MAX), fc.constantFrom("", "0"))
  .map(([mark, sign, power, zero]) => `${mark}${sign}${zero}${power}`);
const numbers: fc.Arbitrary<JsonNode> = fc
  .tuple(
    fc.constantFrom("", "-"),
    wholes,
    fc.oneof(
      fc.constant(""),
      digits(1).map((fraction) => `.${fraction}`),
    ),
    fc.oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 1, arbitrary: exponents }),
  )
  .map((parts) => ({ kind: "number", source: parts.join("") }));

const plainUnits = fc
  .constantFrom("a", "Z", " ", "é", "日", "🙂", "/", "'", "\u007f", "\u00a0", "\u2028", "\ufeff", "\ufffd", "NaN", "{")
  .map((meant): JsonUnit => ({ written: meant, meant }));
const SHORT_ESCAPES: readonly JsonUnit[] = [
  { written: '\\"', meant: '"' },
  { written: "\\\\", meant: "\\" },
  { written: "\\/", meant: "/" },
  { written: "\\b", meant: "\b" },
  { written: "\\f", meant: "\f" },
  { written: "\\n", meant: "\n" },
  { written: "\\r", meant: "\r" },
  { written: "\\t", meant: "\t" },
];
const shortEscapes = fc.constantFrom(...SHORT_ESCAPES);
/** Halves of surrogate pairs among them. */
const longEscapes = fc
  .tuple(fc.oneof(fc.nat(CODE_UNIT_MAX), fc.integer({ min: 0xd8_00, max: 0xdf_ff })), fc.boolean())
  .map(([unit, isUpper]): JsonUnit => {
    const hex = unit.toString(HEX).padStart(ESCAPE_DIGITS, "0");
    return { written: `\\u${isUpper ? hex.toUpperCase() : hex}`, meant: String.fromCharCode(unit) };
  });
const units = fc.array(fc.oneof(plainUnits, shortEscapes, longEscapes), { maxLength: 6 });
const memberNames = fc.oneof(
  { weight: 2, arbitrary: units },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("a", "b", "__proto__", "constructor", "toString", "")
      .map((meant): readonly JsonUnit[] => [{ written: meant, meant }]),
  },
);
const blanks = fc.constantFrom("", "", " ", "\t", "\r", " \t ");
const words: fc.Arbitrary<JsonNode> = fc
  .constantFrom("null", "true", "false")
  .map((word): JsonNode => ({ kind: "word", word: word as "null" | "true" | "false" }));

export const jsonNodes: fc.Arbitrary<JsonNode> = fc.letrec<{ node: JsonNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    numbers,
    words,
    units.map((text): JsonNode => ({ kind: "text", units: text })),
    fc.record({
      kind: fc.constant("list"),
      items: fc.array(tie("node"), { maxLength: 4 }),
      blank: blanks,
    }) as fc.Arbitrary<JsonNode>,
    fc.record({
      kind: fc.constant("object"),
      members: fc.array(fc.record({ name: memberNames, value: tie("node") }), { maxLength: 5 }),
      blank: blanks,
    }) as fc.Arbitrary<JsonNode>,
  ),
})).node;

export function writtenJson(node: JsonNode): string {
  switch (node.kind) {
    case "word":
      return node.word;
    case "number":
      return node.source;
    case "text":
      return writtenText(node.units);
    case "list":
      return `[${node.blank}${node.items.map(writtenJson).join(`${node.blank},`)}${node.blank}]`;
    case "object": {
      const members = node.members.map(({ name, value }) => `${writtenText(name)}${node.blank}:${writtenJson(value)}`);
      return `{${node.blank}${members.join(`,${node.blank}`)}${node.blank}}`;
    }
  }
}

function writtenText(text: readonly JsonUnit[]): string {
  return `"${text.map(({ written }) => written).join("")}"`;
}

export function meantText(text: readonly JsonUnit[]): string {
  return text.map(({ meant }) => meant).join("");
}
