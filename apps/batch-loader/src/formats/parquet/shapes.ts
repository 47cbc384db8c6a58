/**
 * The shape of a nested Parquet column, from its schema, and the conversion of
 * the library's values by it.
 *
 * The library would multiply decimals into doubles, return undefined for a null
 * list, structure or map, and lose a map's entry called `__proto__`. So
 * decimals lose their mark before they are decoded, and are made exact here.
 * Maps lose their mark, and arrive as lists of entries. Nulls become null, at
 * any depth.
 */
import type { SchemaElement, SchemaTree } from "hyparquet";
import { bigIntOf, decimalOf } from "./parsers.ts";

export type Shape =
  | { readonly kind: "scalar" }
  | { readonly kind: "decimal"; readonly scale: number }
  | { readonly kind: "list"; readonly item: Shape }
  | { readonly kind: "struct"; readonly fields: ReadonlyMap<string, Shape> }
  /** A structure whose one field is a list of structures of a key and a value. */
  | { readonly kind: "map"; readonly entries: string; readonly value: Shape };

const scalar: Shape = { kind: "scalar" };
const KEY = "key";
const VALUE = "value";

/** The shape of a column, from which the marks are removed that the library would act upon. */
export function takeShape(column: SchemaTree): Shape {
  const shape = shapeOfOne(column);
  // A repeated element without the mark of a list is a list by itself.
  return column.element.repetition_type === "REPEATED" ? { kind: "list", item: shape } : shape;
}

function shapeOfOne(tree: SchemaTree): Shape {
  const [child] = tree.children;
  if (child === undefined) return leafShape(tree.element);
  if (isList(tree)) {
    const [inner, ...others] = child.children;
    return { kind: "list", item: shapeOfOne(inner !== undefined && others.length === 0 ? inner : child) };
  }
  const isMapped = isMap(tree);
  if (isMapped) takeMark(tree.element);
  const fields = new Map(tree.children.map((field) => [field.element.name, takeShape(field)]));
  if (!isMapped) return { kind: "struct", fields };
  const value = child.children.find(({ element }) => element.name === VALUE);
  return { kind: "map", entries: child.element.name, value: value === undefined ? scalar : valueShape(fields, child) };
}

function valueShape(fields: ReadonlyMap<string, Shape>, entries: SchemaTree): Shape {
  const list = fields.get(entries.element.name);
  const entry = list?.kind === "list" ? list.item : scalar;
  return (entry.kind === "struct" ? entry.fields.get(VALUE) : undefined) ?? scalar;
}

function leafShape(element: SchemaElement): Shape {
  const logical = element.logical_type;
  const isDecimal = element.converted_type === "DECIMAL" || logical?.type === "DECIMAL";
  if (!isDecimal) return scalar;
  const scale = logical?.type === "DECIMAL" ? logical.scale : (element.scale ?? 0);
  takeMark(element);
  return { kind: "decimal", scale };
}

function takeMark(element: SchemaElement): void {
  delete element.converted_type;
  delete element.logical_type;
}

/** The library decides in the same way. */
function isList({ element, children }: SchemaTree): boolean {
  const [child, ...others] = children;
  if (element.converted_type !== "LIST" || child === undefined || others.length > 0) return false;
  return child.children.length <= 1 && child.element.repetition_type === "REPEATED";
}

/** The library decides in the same way. */
function isMap({ element, children }: SchemaTree): boolean {
  const [entries, ...others] = children;
  if (element.converted_type !== "MAP" || entries === undefined || others.length > 0) return false;
  const names = entries.children.map((child) => child.element.name);
  const isRepeated = entries.children.some((child) => child.element.repetition_type === "REPEATED");
  const hasBoth = names.length === 2 && names.includes(KEY) && names.includes(VALUE);
  return entries.element.repetition_type === "REPEATED" && hasBoth && !isRepeated;
}

/** True where the library's values of this shape need no change. */
export function isPlain(shape: Shape): boolean {
  return shape.kind === "scalar";
}

/** Converts a value of the column. */
export function shaped(value: unknown, shape: Shape): unknown {
  if (value === undefined || value === null) return null;
  switch (shape.kind) {
    case "scalar":
      return value;
    case "decimal":
      return exactDecimal(value, shape.scale);
    case "list":
      return Array.from(value as ArrayLike<unknown>, (item) => shaped(item, shape.item));
    case "struct":
      return structOf(value as Readonly<Record<string, unknown>>, shape.fields);
    case "map":
      return mapOf(value as Readonly<Record<string, unknown>>, shape);
  }
}

function structOf(value: Readonly<Record<string, unknown>>, fields: ReadonlyMap<string, Shape>): object {
  return Object.fromEntries(Array.from(fields, ([name, shape]) => [name, shaped(value[name], shape)]));
}

/** Of a key that occurs twice the later entry counts. `fromEntries` makes a field of every name. */
function mapOf(value: Readonly<Record<string, unknown>>, shape: Shape & { readonly kind: "map" }): object {
  const entries = (value[shape.entries] ?? []) as readonly Readonly<Record<string, unknown>>[];
  return Object.fromEntries(entries.map((entry) => [String(entry[KEY]), shaped(entry[VALUE], shape.value)]));
}

function exactDecimal(value: unknown, scale: number): unknown {
  if (typeof value === "bigint") return decimalOf(value, scale);
  if (typeof value === "number") return decimalOf(BigInt(value), scale);
  return value instanceof Uint8Array ? decimalOf(bigIntOf(value), scale) : value;
}
