/**
 * Key fields of a declared type: every format's form of a value gives the same
 * part of the key, and any other value is refused. Without a declared type,
 * `12345` and the `12345.0` that pandas writes are two entities.
 */

/** The types that a key field may have. */
export type KeyType = "integer" | "text" | "boolean";

export interface KeyReading {
  /** Null for a value that is not of this type. */
  readonly read: (value: unknown) => string | null;
  readonly remedy: string;
}

const INTEGER = /^([+-]?)0*(\d+)(?:\.0*)?$/;
/** A longer text is no counter and no identifier. */
const INTEGER_CHARACTERS_MAX = 100;

export const KEY_READINGS: Readonly<Record<KeyType, KeyReading>> = {
  integer: { read: integerText, remedy: "is no integer: write digits, such as 12345" },
  text: { read: plainText, remedy: "is no text without blanks at its ends: write text, without them" },
  boolean: { read: booleanText, remedy: "is no boolean: write true or false" },
};

/** Text may have blanks around it, and the `.0` that a column of floating point numbers leaves. */
function integerText(value: unknown): string | null {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : null;
  if (typeof value !== "string" || value.length > INTEGER_CHARACTERS_MAX) return null;
  const [, sign, digits] = INTEGER.exec(value.trim()) ?? [];
  if (digits === undefined) return null;
  return sign === "-" && digits !== "0" ? `-${digits}` : digits;
}

/** Numbers are refused, because a file that says 007 and another that says 7 would name two entities. */
function plainText(value: unknown): string | null {
  return typeof value === "string" && value.trim() === value ? value : null;
}

/** Text may be in any case, such as Python's `True`. */
function booleanText(value: unknown): string | null {
  if (typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value.trim().toLowerCase() : "";
  return text === "true" || text === "false" ? text : null;
}
