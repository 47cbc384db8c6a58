/**
 * The checks of a schema, field by field, where they can be told from outside.
 * A lane that has whole columns decides by them that a row is surely valid,
 * without a call of the schema.
 *
 * They can be told of a plain zod object whose fields are plain types without
 * further checks, `integer()` and `decimal()` of this package among them. Of
 * any other schema the result says which part is not one of these.
 */
import * as z from "zod";
import type { FeatureGroup } from "./define-config.ts";
import { numericKindOf } from "./field-schemas.ts";

/** The values that a field's schema takes, besides null and absence. */
export type FieldAccepts = "integer" | "decimal" | "number" | "bigint" | "text" | "boolean" | "anything";

export interface FieldCheck {
  readonly name: string;
  readonly accepts: FieldAccepts;
  readonly isNullable: boolean;
  /** Whether the field may be absent. */
  readonly isOptional: boolean;
}

export type FieldChecks =
  | { readonly kind: "known"; readonly fields: readonly FieldCheck[] }
  /** `reason` is the end of a sentence that begins with the group. */
  | { readonly kind: "unknown"; readonly reason: string };

const PLAIN_TYPES: Readonly<Record<string, FieldAccepts>> = {
  number: "number",
  bigint: "bigint",
  string: "text",
  boolean: "boolean",
  any: "anything",
  unknown: "anything",
};
const WRAPPERS_MAX = 10;

export function fieldChecksOf(schema: FeatureGroup["schema"]): FieldChecks {
  if (!(schema instanceof z.core.$ZodType)) return unknown("has a schema that is not zod's");
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type !== "object") return unknown(`has a schema of zod's type "${def.type}", not a plain object`);
  if (def.catchall !== undefined) return unknown("has a schema that looks at unknown fields");
  if (hasChecks(def)) return unknown("has a schema with a check of the whole record");
  const fields: FieldCheck[] = [];
  for (const [name, field] of Object.entries(def.shape)) {
    const check = fieldCheckOf(name, field);
    if (check === null) return unknown(`has a schema whose field "${name}" is no plain type`);
    fields.push(check);
  }
  return { kind: "known", fields };
}

function fieldCheckOf(name: string, field: z.core.$ZodType): FieldCheck | null {
  let schema = field;
  let isNullable = false;
  let isOptional = false;
  for (let depth = 0; depth < WRAPPERS_MAX; depth += 1) {
    const { def } = (schema as z.core.$ZodTypes)._zod;
    if (hasChecks(def)) return null;
    if (def.type === "nullable" || def.type === "optional") {
      isNullable ||= def.type === "nullable";
      isOptional ||= def.type === "optional";
      schema = def.innerType;
      continue;
    }
    const accepts = acceptsOf(def);
    if (accepts === null) return null;
    return { name, accepts, isNullable: isNullable || accepts === "anything", isOptional };
  }
  return null;
}

function acceptsOf(def: z.core.$ZodTypes["_zod"]["def"]): FieldAccepts | null {
  if (def.type === "transform") return numericKindOf(def.transform);
  // A format is a check of its own, and coercion takes other values.
  if ("format" in def || ("coerce" in def && def.coerce === true)) return null;
  return PLAIN_TYPES[def.type] ?? null;
}

function hasChecks(def: object): boolean {
  return "checks" in def && Array.isArray(def.checks) && def.checks.length > 0;
}

function unknown(reason: string): FieldChecks {
  return { kind: "unknown", reason };
}
