/** Checks the key of a read: it must have exactly the group's key fields. */
import type { FeatureGroup } from "@trilane/feature-groups";
import type { FieldValues } from "./describe-result.ts";

const FIELDS_SHOWN_MAX = 5;

/**
 * The fault in the names of the fields, or null. The reader checks their values. A field that the group does not have
 * is refused, because it is usually a misspelt one.
 */
export function keyProblem(group: FeatureGroup, key: unknown): string | null {
  if (isFieldValues(key) && hasExactly(group, key)) return null;
  const fields = group.key.join(", ");
  if (!isFieldValues(key)) return `a key is an object with the fields ${fields}`;
  const missing = group.key.filter((field) => !Object.hasOwn(key, field));
  if (missing.length > 0) return `missing key field ${missing.join(", ")}; group "${group.name}" needs ${fields}`;
  const unknown = Object.keys(key).filter((field) => !group.key.includes(field));
  return `unknown key field ${shownNames(unknown)}; group "${group.name}" has ${fields}`;
}

/** The common case, which is decided without a list in between. */
function hasExactly(group: FeatureGroup, key: FieldValues): boolean {
  return group.key.every((field) => Object.hasOwn(key, field)) && Object.keys(key).length === group.key.length;
}

export function isFieldValues(value: unknown): value is FieldValues {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function shownNames(names: readonly string[]): string {
  const shown = names.slice(0, FIELDS_SHOWN_MAX).map((name) => JSON.stringify(name.slice(0, 60)));
  return names.length > FIELDS_SHOWN_MAX ? `${shown.join(", ")}, …` : shown.join(", ");
}
