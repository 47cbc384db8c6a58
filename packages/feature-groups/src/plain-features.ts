/**
 * The features of a plain record, without a call of its schema and without a
 * copy of more than is stored. Most records of most groups are plain: the
 * schema is an object of plain types, and every value is one that it surely
 * takes as it is. Everything else, and every refusal, is left to the schema.
 */
import type { FeatureGroup } from "./define-config.ts";
import { type FieldCheck, fieldChecksOf } from "./field-checks.ts";
import { payloadBytesMax, textBytesMax } from "./payload.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Assigning this key would change an object's prototype instead. */
const FORBIDDEN_NAME = "__proto__";
/** The schemas whose fields are known; null for any other. */
const bySchema = new WeakMap<FeatureGroup["schema"], PlainFeatures | null>();

export class PlainFeatures {
  /** In the order of canonical features. */
  readonly fields: readonly FieldCheck[];
  readonly #namesBytesMax: number;

  private constructor(fields: readonly FieldCheck[]) {
    this.fields = fields.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    // Every value counts as a scalar here, and a text adds its own bytes.
    this.#namesBytesMax = payloadBytesMax(Object.fromEntries(fields.map(({ name }) => [name, null])));
  }

  /** Null where the checks of the group's schema cannot be told from outside. */
  static of({ schema }: FeatureGroup): PlainFeatures | null {
    const known = bySchema.get(schema);
    if (known !== undefined) return known;
    const checks = fieldChecksOf(schema);
    const isPlain = checks.kind === "known" && checks.fields.every(({ name }) => isPlainName(name));
    const made = isPlain ? new PlainFeatures(checks.fields) : null;
    bySchema.set(schema, made);
    return made;
  }

  /** An upper bound of the payload's bytes, where the schema surely takes the record; null where it alone can tell. */
  bytesMaxOf(input: Fields): number | null {
    if (Object.hasOwn(input, FORBIDDEN_NAME)) return null;
    let bytes = this.#namesBytesMax;
    for (const field of this.fields) {
      const value = input[field.name];
      const isTaken = value === undefined ? field.isOptional && !(field.name in input) : isTakenBy(field, value);
      if (!isTaken) return null;
      if (typeof value === "string") bytes += textBytesMax(value);
    }
    return bytes;
  }

  /** The features in canonical form, of a record that the schema surely takes. */
  featuresOf(input: object): object {
    const features: Record<string, unknown> = {};
    for (const { name } of this.fields) {
      const value = (input as Fields)[name];
      if (value !== undefined) features[name] = value;
    }
    return features;
  }
}

function isPlainName(name: string): boolean {
  return name !== FORBIDDEN_NAME && name.isWellFormed();
}

/** Only values that canonical features hold as they are: so no bigint, and no object. */
function isTakenBy({ accepts, isNullable }: FieldCheck, value: unknown): boolean {
  if (value === null) return isNullable;
  switch (accepts) {
    case "integer":
      return typeof value === "number" && Number.isSafeInteger(value);
    case "decimal":
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "text":
      return typeof value === "string" && value.isWellFormed();
    case "boolean":
      return typeof value === "boolean";
    case "anything":
      return typeof value === "boolean" || (typeof value === "string" && value.isWellFormed());
    case "bigint":
      return false;
  }
}
