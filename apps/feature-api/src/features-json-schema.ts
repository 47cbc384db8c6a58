/**
 * A group's features as JSON Schema, for the OpenAPI document. Libraries with
 * Standard JSON Schema offer it (zod does). Other libraries, and schemas that
 * cannot be written down, give any object: the document then says less, and the
 * reads are the same.
 */
import type { FeatureGroup } from "@trilane/feature-groups";

export type JsonSchema = Readonly<Record<string, unknown>>;

const ANY_OBJECT: JsonSchema = { type: "object", additionalProperties: true };
const DIALECT = "draft-2020-12";

export function featuresJsonSchema(group: FeatureGroup): JsonSchema {
  const standard = group.schema["~standard"] as { readonly jsonSchema?: unknown };
  if (!isConverter(standard.jsonSchema)) return ANY_OBJECT;
  try {
    const options = { target: DIALECT, libraryOptions: { unrepresentable: "any" } };
    const { $schema: _dialect, ...schema } = standard.jsonSchema.output(options);
    // References count from the root of a document, but this schema becomes a part of another document.
    return JSON.stringify(schema).includes('"$ref"') ? ANY_OBJECT : schema;
  } catch {
    return ANY_OBJECT;
  }
}

interface Converter {
  output(options: object): Record<string, unknown>;
}

function isConverter(value: unknown): value is Converter {
  return typeof value === "object" && value !== null && "output" in value && typeof value.output === "function";
}
