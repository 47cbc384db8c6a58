/**
 * Formats the values of a group's fields for messages, which are logged and
 * reported. A value that names a person, or that is stored as a digest, stands
 * in none of them.
 */
import type { FeatureGroup } from "./define-config.ts";
import { hiddenValue, shownValue } from "./shown-value.ts";

export function shownFieldOf(group: FeatureGroup, field: string, value: unknown): string {
  return isHidden(group, field) ? hiddenValue(value) : shownValue(value);
}

function isHidden({ subject, key, keys }: FeatureGroup, field: string): boolean {
  return field === subject || (keys === "digests" && key.includes(field));
}
