/**
 * zod schemas for fields as the three lanes deliver them: JSON gives numbers,
 * Parquet bigint, CSV and URLs text. Each is one function call, and none turns
 * an empty text or null into 0, as coercion would.
 */
import * as z from "zod";

/** The types in which a numeric field may arrive. */
export type NumericInput = number | bigint | string;

/** The numeric schemas of this file. */
export type NumericKind = "integer" | "decimal";

/** By their transformation. */
const KINDS = new WeakMap<object, NumericKind>();

const INTEGER_SHAPE = /^[+-]?\d+$/;
const DECIMAL_SHAPE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** An integer that a double holds exactly, from a number, a bigint or decimal text. */
export function integer(): z.ZodTransform<number, NumericInput> {
  const schema = z.transform((value: NumericInput, context) => {
    const number = toNumber(value, INTEGER_SHAPE);
    if (Number.isSafeInteger(number)) return number;
    context.issues.push({ code: "custom", message: "expected an integer of at most 53 bits", input: value });
    return z.NEVER;
  });
  return registered(schema, "integer");
}

/** A finite number, from a number, a bigint or decimal text. */
export function decimal(): z.ZodTransform<number, NumericInput> {
  const schema = z.transform((value: NumericInput, context) => {
    const number = toNumber(value, DECIMAL_SHAPE);
    if (Number.isFinite(number)) return number;
    context.issues.push({ code: "custom", message: "expected a finite number", input: value });
    return z.NEVER;
  });
  return registered(schema, "decimal");
}

/** Which of these schemas has a transformation; null for a transformation of others. */
export function numericKindOf(transform: object): NumericKind | null {
  return KINDS.get(transform) ?? null;
}

/** A schema with a description is a copy, and shares the transformation. */
function registered(schema: z.ZodTransform<number, NumericInput>, kind: NumericKind): typeof schema {
  KINDS.set(schema._zod.def.transform, kind);
  return schema;
}

function toNumber(value: unknown, textShape: RegExp): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  return typeof value === "string" && textShape.test(value) ? Number(value) : Number.NaN;
}
