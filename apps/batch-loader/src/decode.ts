/** Converts rows of an object into changes of its group: each row is a put. */
import { type FeatureChange, type FeatureGroup, fieldsTakenBy } from "@trilane/feature-groups";
import type { RowSlice } from "./formats/row-slice.ts";
import { placesOf, type SourceObject } from "./s3/source-object.ts";

/** One change for each input of the slice, in order. */
export function changesOf(
  { inputs, orderOf }: RowSlice,
  { group, object }: { readonly group: string; readonly object: SourceObject },
): readonly FeatureChange[] {
  const placeOf = placesOf(object);
  return inputs.map((input, index) => ({ kind: "put", group, input, place: placeOf(orderOf(index)) }));
}

/** Columns without which every row would be dead. */
export function columnsNeededBy({ key, eventTime, sequence, subject }: FeatureGroup): readonly string[] {
  const time = "field" in eventTime ? [eventTime.field] : [];
  return [...new Set([...key, ...time, ...[sequence, subject].filter((field) => field !== null)])];
}

/** The columns that a record of the group may use; null where its schema may look at any column. */
export function columnsTakenBy(group: FeatureGroup): readonly string[] | null {
  const fields = fieldsTakenBy(group.schema);
  if (fields === null) return null;
  const ownTtl = group.recordTtl === null ? [] : [group.recordTtl.field];
  return [...new Set([...columnsNeededBy(group), ...ownTtl, ...fields])];
}
