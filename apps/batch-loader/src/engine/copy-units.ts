/** Copies the columns of units into local files, a unit at a time, one file for each object. */
import { join } from "node:path";
import { messageOf } from "@trilane/write-through";
import { LoadError } from "../errors.ts";
import type { PageLimits } from "../formats/parquet/page-header.ts";
import type { ObjectReader } from "../s3/object-reader.ts";
import { placesOf, type SourceObject, uriOf } from "../s3/source-object.ts";
import type { EngineUnit, Unreduced } from "./engine-units.ts";
import { LocalObject } from "./local-object.ts";
import type { ScannedFile } from "./reduction-sql.ts";
import type { NumberedObject } from "./write-parts.ts";

export interface CopiedFile {
  readonly object: NumberedObject;
  readonly path: string;
  /** In the order of their rows. */
  readonly units: readonly EngineUnit[];
}

export interface Copies {
  /** In the order of the places of their objects' rows. */
  readonly files: readonly CopiedFile[];
  /** Units that are damaged: the row path names the damage. */
  readonly damaged: readonly Unreduced[];
  /** The errors of units that could not be read now; they are left out. */
  readonly failures: readonly LoadError[];
}

export interface CopyUnitsOptions {
  readonly folder: string;
  readonly reader: Pick<ObjectReader, "open">;
  readonly limits: PageLimits;
  readonly signal?: AbortSignal | undefined;
}

/** After so many units that could not be read in a row, no others are tried. */
const FAILURES_MAX = 3;

/** @throws the signal's reason, and errors of the local files */
export async function copyUnits(units: readonly EngineUnit[], options: CopyUnitsOptions): Promise<Copies> {
  const damaged: Unreduced[] = [];
  const failures: LoadError[] = [];
  const files: CopiedFile[] = [];
  for (const [number, ofObject] of byObject(units)) {
    const [first] = ofObject;
    if (first === undefined) continue;
    const { object } = first.unit;
    const path = join(options.folder, `object-${number}.parquet`);
    const local = await LocalObject.create(path, object.size, options.limits);
    const copied: EngineUnit[] = [];
    try {
      for (const unit of ofObject) {
        if (failures.length >= FAILURES_MAX) break;
        const problem = await copyUnit(unit, local, options);
        if (problem === null) copied.push(unit);
        else if (problem instanceof LoadError) failures.push(problem);
        else damaged.push({ unit: unit.unit, reason: problem });
      }
    } finally {
      await local.close();
    }
    if (copied.length > 0) files.push({ object: numbered(object, number), path, units: copied });
  }
  const inOrder = files.toSorted((left, right) => (firstPlace(left) < firstPlace(right) ? -1 : 1));
  return { files: inOrder, damaged, failures };
}

export function scannedFileOf({ path, units }: CopiedFile): ScannedFile {
  const rows = units.reduce((sum, unit) => sum + unit.rows, 0);
  if (rows === units[0]?.rowsOfObject) return { path, ranges: null };
  return { path, ranges: units.map(({ firstRow, rows: count }) => ({ start: firstRow, end: firstRow + count })) };
}

/** Null for a unit that is copied; its damage; or the error of the object store. */
async function copyUnit(
  { unit }: EngineUnit,
  local: LocalObject,
  { reader, signal }: CopyUnitsOptions,
): Promise<string | LoadError | null> {
  signal?.throwIfAborted();
  const object = reader.open(unit.object, signal);
  try {
    const layout = await unit.part.layout?.(object);
    if (layout === undefined) return "its format has no columns";
    await local.add(object, layout);
    return null;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LoadError) return error.code === "OBJECT_UNREADABLE" ? error.message : error;
    if (isOfFile(error)) throw error;
    return `${uriOf(unit.object)}: ${messageOf(error)}`;
  }
}

/** True for an error of the local disk, which is no fault of the object. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function byObject(units: readonly EngineUnit[]): ReadonlyMap<number, readonly EngineUnit[]> {
  const objects = new Map<number, EngineUnit[]>();
  for (const unit of units) {
    const known = objects.get(unit.objectNumber);
    if (known === undefined) objects.set(unit.objectNumber, [unit]);
    else known.push(unit);
  }
  return objects;
}

function numbered(object: SourceObject, number: number): NumberedObject {
  return { object, number, placeOf: placesOf(object) };
}

function firstPlace({ object }: CopiedFile): string {
  return object.placeOf(0);
}
