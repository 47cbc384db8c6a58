/** Rows that the engine answers, with their places and their values as in the row path. */
import type { FeatureChange, Place } from "@trilane/feature-groups";
import type { SourceObject } from "../s3/source-object.ts";
import { type EngineColumn, type EngineValue, rowValueOf } from "./engine-column.ts";
import type { EngineUnit } from "./engine-units.ts";
import type { EngineColumns } from "./messages.ts";
import type { ReductionSqlOptions, RowPlace } from "./reduction-sql.ts";

export interface NumberedObject {
  readonly object: SourceObject;
  /** Its number in the load. */
  readonly number: number;
  /** The place of a row, by its number from 1. */
  readonly placeOf: (row: number) => Place;
}

/** An object of a reduction, with those of its units that are in it. */
export interface ReducedObject extends NumberedObject {
  readonly units: readonly Pick<EngineUnit, "number" | "firstRow" | "rows">[];
}

export interface RowSource {
  /** In the order of the reduction's files. */
  readonly objects: readonly ReducedObject[];
  readonly sql: Pick<ReductionSqlOptions, "columns">;
}

const US_PER_MS = 1_000;

export interface PlacedRow extends RowPlace {
  readonly object: ReducedObject;
  readonly input: object;
}

/** The rows of columns that begin with the file and the row. */
export function placedRows(
  [files = [], rows = [], ...values]: EngineColumns,
  { objects, sql }: RowSource,
): readonly PlacedRow[] {
  return files.map((file, index) => {
    const object = objects[Number(file)];
    if (object === undefined)
      throw new RangeError(`the engine answered a row of a file ${String(file)}, which it was not given`);
    return { file: Number(file), row: Number(rows[index]), object, input: inputOf(sql.columns, values, index) };
  });
}

function inputOf(columns: readonly EngineColumn[], values: EngineColumns, row: number): object {
  const input: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    const value: EngineValue | undefined = values[index]?.[row];
    input[column.name] = value === undefined ? null : rowValueOf(column, value);
  });
  return input;
}

export function changeOf(group: string): (row: PlacedRow) => FeatureChange {
  return ({ input, row, object: { object, placeOf } }) => {
    return { kind: "put", group, input, place: placeOf(row + 1), sourceTimeUs: object.lastModifiedMs * US_PER_MS };
  };
}

export function unitNumberOf({ object, row }: PlacedRow): number {
  const unit = object.units.find(({ firstRow, rows }) => firstRow <= row && row < firstRow + rows);
  if (unit === undefined) throw new RangeError(`the engine answered a row ${row}, which is in none of its units`);
  return unit.number;
}
