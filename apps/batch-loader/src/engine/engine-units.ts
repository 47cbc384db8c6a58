/**
 * Chooses the units of a load that the engine reduces, by their columns. Each
 * other unit of Parquet has the reason why it goes row by row.
 */
import { type FeatureGroup, type FieldCheck, fieldChecksOf } from "@trilane/feature-groups";
import { messageOf } from "@trilane/write-through";
import { LoadError } from "../errors.ts";
import type { PartLayout } from "../formats/parquet/part-layout.ts";
import { chunkBytesOf } from "../formats/parquet/parts.ts";
import type { WorkUnit } from "../load/work-unit.ts";
import type { ObjectReader } from "../s3/object-reader.ts";
import { uriOf } from "../s3/source-object.ts";
import { type EngineColumn, engineColumnOf } from "./engine-column.ts";
import { isSureTime, type SureRows, sureRowsOf } from "./sure-rows.ts";

/** A unit that the engine may read. */
export interface EngineUnit {
  readonly unit: WorkUnit;
  /** Its number among all units of the load. */
  readonly number: number;
  /** The number of its object among all objects of the load. */
  readonly objectNumber: number;
  readonly firstRow: number;
  readonly rows: number;
  /** Bytes of the columns that are read. */
  readonly bytes: number;
  /** The rows of all units of its object. */
  readonly rowsOfObject: number;
  readonly shape: ColumnShape;
}

/** Files of one shape are read together. */
export interface ColumnShape {
  readonly columns: readonly EngineColumn[];
  readonly sure: SureRows;
}

export interface Unreduced {
  readonly unit: WorkUnit;
  readonly reason: string;
}

export interface EngineChoice {
  readonly chosen: readonly EngineUnit[];
  readonly others: readonly Unreduced[];
}

export interface ChooseOptions {
  readonly group: FeatureGroup;
  readonly reader: Pick<ObjectReader, "open">;
  /** The load's now. */
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
}

const US_PER_MS = 1_000;

/** The reason for which no unit of the group is reduced; null where there is none. */
export function groupReason(group: FeatureGroup): string | null {
  if (group.recordTtl !== null) return `the group "${group.name}" has records that end by themselves`;
  const checks = fieldChecksOf(group.schema);
  if (checks.kind === "known" || checksWinners(group)) return null;
  return `the group "${group.name}" ${checks.reason}`;
}

/** True where the schema is asked about the rows that would win, since no column tells which rows it takes. */
export function checksWinners(group: FeatureGroup): boolean {
  return group.checkOfLoads === "winners" && fieldChecksOf(group.schema).kind === "unknown";
}

/** @throws LoadError that is worth another run, or the signal's reason */
export async function chooseUnits(units: readonly NumberedUnit[], options: ChooseOptions): Promise<EngineChoice> {
  const checks = fieldChecksOf(options.group.schema);
  const fields = checks.kind === "known" ? checks.fields : null;
  const shapes = new ShapesOfLoad(options, fields);
  const chosen: EngineUnit[] = [];
  const others: Unreduced[] = [];
  for (const { unit, number, objectNumber } of units) {
    const layout = await layoutOf(unit, options);
    const shape = typeof layout === "string" ? layout : shapes.of(unit, layout);
    if (typeof shape === "string") others.push({ unit, reason: shape });
    else if (typeof layout !== "string") chosen.push({ unit, number, objectNumber, shape, ...sizesOf(layout) });
  }
  return { chosen, others };
}

export type NumberedUnit = Pick<EngineUnit, "unit" | "number" | "objectNumber">;

/** The layout, or why there is none. */
async function layoutOf(unit: WorkUnit, { reader, signal }: ChooseOptions): Promise<PartLayout | string> {
  if (unit.part.layout === undefined) return "its format has no columns";
  signal?.throwIfAborted();
  try {
    return await unit.part.layout(reader.open(unit.object, signal));
  } catch (error) {
    if (error instanceof LoadError && error.code === "OBJECT_UNREADABLE") return messageOf(error);
    throw error;
  }
}

function sizesOf({ footer, rowGroups }: PartLayout): Pick<EngineUnit, "firstRow" | "rows" | "bytes" | "rowsOfObject"> {
  const sum = (places: readonly { readonly rows: number }[]): number => places.reduce((all, { rows }) => all + rows, 0);
  return {
    firstRow: rowGroups[0]?.firstRow ?? 0,
    rows: sum(rowGroups),
    bytes: chunkBytesOf(rowGroups),
    rowsOfObject: sum(footer.rowGroups),
  };
}

/** Names that the engine, or its statements, give to columns of their own. */
const TAKEN_NAMES = new Set(["file_index", "file_row_number", "filename"]);

class ShapesOfLoad {
  readonly #options: ChooseOptions;
  readonly #fields: readonly FieldCheck[] | null;
  readonly #shapes = new Map<string, ColumnShape | string>();

  constructor(options: ChooseOptions, fields: readonly FieldCheck[] | null) {
    this.#options = options;
    this.#fields = fields;
  }

  /** The shape of an object, the same for the same columns; or why it cannot be reduced. */
  of({ object }: WorkUnit, { footer }: PartLayout): ColumnShape | string {
    const { group, nowMs } = this.#options;
    if (!("field" in group.eventTime) && !isSureTime(object.lastModifiedMs * US_PER_MS, { group, nowMs })) {
      return `${uriOf(object)}: its last change is not a time that records may have now`;
    }
    const columns = footer.columnsRead.map((column) => engineColumnOf(column) ?? column.name);
    const signature = JSON.stringify([footer.columns, columns]);
    const known = this.#shapes.get(signature);
    if (known !== undefined) return known;
    const shape = this.#make(footer.columns, columns);
    this.#shapes.set(signature, shape);
    return shape;
  }

  #make(names: readonly string[], columns: readonly (EngineColumn | string)[]): ColumnShape | string {
    const { group, nowMs } = this.#options;
    const lowered = names.map((name) => name.toLowerCase());
    if (new Set(lowered).size < lowered.length) return "two of its columns differ in upper and lower case alone";
    const taken = names.find((name, index) => name.startsWith("#") || TAKEN_NAMES.has(lowered[index] ?? ""));
    if (taken !== undefined) return `its column "${taken}" has a name that the engine uses itself`;
    const known = columns.filter((column) => typeof column !== "string");
    const unknown = columns.find((column) => typeof column === "string");
    if (unknown !== undefined) return `its column "${unknown}" is of a type that is not on the engine's list`;
    const sure = sureRowsOf({ group, fields: this.#fields, columns: known, nowMs });
    return sure.kind === "unsure" ? sure.reason : { columns: known, sure };
  }
}
