/**
 * The fields of an input that a schema looks at, where that can be told from outside. A lane that reads
 * columns reads these alone: what is not read costs nothing and cannot fail.
 *
 * It can be told of zod's objects that leave unknown fields out, which is their default, and of what is made
 * of such objects. A strict object refuses unknown fields, a loose one keeps them, and a transformation
 * before the object sees all: there every field counts.
 */
import * as z from "zod";
import type { FeatureGroup } from "./define-config.ts";

const DEPTH_MAX = 20;

/** Null where the schema may look at any field. */
export function fieldsTakenBy(schema: FeatureGroup["schema"]): readonly string[] | null {
  return fieldsOf(schema, 0);
}

function fieldsOf(schema: unknown, depth: number): readonly string[] | null {
  if (!(schema instanceof z.core.$ZodType) || depth > DEPTH_MAX) return null;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "object":
      return def.catchall === undefined ? Object.keys(def.shape) : null;
    case "pipe":
      return fieldsOf(def.in, depth + 1);
    case "readonly":
      return fieldsOf(def.innerType, depth + 1);
    case "intersection":
      return unionOf([def.left, def.right], depth);
    case "union":
      return unionOf(def.options, depth);
    default:
      return null;
  }
}

function unionOf(schemas: readonly unknown[], depth: number): readonly string[] | null {
  const all: string[] = [];
  for (const schema of schemas) {
    const fields = fieldsOf(schema, depth + 1);
    if (fields === null) return null;
    all.push(...fields);
  }
  return [...new Set(all)];
}
