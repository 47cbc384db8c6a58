/** Converts rows of an object into changes of its group: each row is a put. */
import {
  type FeatureChange,
  type FeatureGroup,
  fieldsTakenBy,
  type Place,
  type ScannedRank,
} from "@trilane/feature-groups";
import type { RowSlice } from "./formats/row-slice.ts";
import { placesOf, type SourceObject } from "./s3/source-object.ts";

/** One change for each input of the slice, in order. */
export function changesOf(
  { inputs, orderOf }: RowSlice,
  { group, object }: { readonly group: string; readonly object: SourceObject },
): readonly FeatureChange[] {
  const rows: Rows = { group, inputs, orderOf, placeOf: placesOf(object) };
  return Array.from({ length: inputs.length }, (_, index) => new RowChange(rows, index));
}

interface Rows extends Pick<RowSlice, "inputs" | "orderOf"> {
  readonly group: string;
  readonly placeOf: (order: number) => Place;
}

/** A row as a change, of which only what is asked for is made: most rows lose by their rank alone. */
class RowChange implements FeatureChange {
  readonly kind = "put";
  readonly #rows: Rows;
  readonly #index: number;

  constructor(rows: Rows, index: number) {
    this.#rows = rows;
    this.#index = index;
  }

  get group(): string {
    return this.#rows.group;
  }

  get input(): unknown {
    return this.#rows.inputs.at(this.#index);
  }

  get scanned(): ScannedRank | null {
    return this.#rows.inputs.rankOf?.(this.#index) ?? null;
  }

  get place(): Place {
    return this.#rows.placeOf(this.#rows.orderOf(this.#index));
  }
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
