/** Copies the columns of units into local files, a few units at a time, one file for each object. */
import { join } from "node:path";
import { messageOf } from "@trilane/write-through";
import pLimit from "p-limit";
import { LoadError } from "../errors.ts";
import type { PageLimits } from "../formats/parquet/page-header.ts";
import type { ObjectReader } from "../s3/object-reader.ts";
import { placesOf, type SourceObject, uriOf } from "../s3/source-object.ts";
import type { EngineUnit, Unreduced } from "./engine-units.ts";
import { LocalObject } from "./local-object.ts";
import type { ScannedFile } from "./reduction-sql.ts";
import type { NumberedObject } from "./placed-rows.ts";

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

/** After so many units that could not be read, no others are begun. */
const FAILURES_MAX = 3;
/** While one waits for its bytes, the pages of another are checked. */
const UNITS_AT_ONCE = 3;
const OBJECTS_AT_ONCE = 3;

/** @throws the signal's reason, and errors of the local files */
export async function copyUnits(units: readonly EngineUnit[], options: CopyUnitsOptions): Promise<Copies> {
  const copies = { files: [], damaged: [], failures: [], limit: pLimit(UNITS_AT_ONCE) } satisfies Copying;
  const objects = [...byObject(units)];
  const ofObject = pLimit(OBJECTS_AT_ONCE);
  await allSettled(objects.map(([number, some]) => ofObject(() => copyObject(number, some, copies, options))));
  const { files, damaged, failures }: Copies = copies;
  const inOrder = files.toSorted((left, right) => (firstPlace(left) < firstPlace(right) ? -1 : 1));
  return { files: inOrder, damaged, failures };
}

interface Copying {
  readonly files: CopiedFile[];
  readonly damaged: Unreduced[];
  readonly failures: LoadError[];
  readonly limit: ReturnType<typeof pLimit>;
}

async function copyObject(
  number: number,
  units: readonly EngineUnit[],
  { files, damaged, failures, limit }: Copying,
  options: CopyUnitsOptions,
): Promise<void> {
  const object = units[0]?.unit.object;
  if (object === undefined || failures.length >= FAILURES_MAX) return;
  options.signal?.throwIfAborted();
  const path = join(options.folder, `object-${number}.parquet`);
  const local = await LocalObject.create(path, object.size, options.limits);
  const copied = new Set<EngineUnit>();
  const copy = async (unit: EngineUnit): Promise<void> => {
    if (failures.length >= FAILURES_MAX) return;
    const problem = await copyUnit(unit, local, options);
    if (problem === null) copied.add(unit);
    else if (problem instanceof LoadError) failures.push(problem);
    else damaged.push({ unit: unit.unit, reason: problem });
  };
  try {
    await allSettled(units.map((unit) => limit(() => copy(unit))));
  } finally {
    await local.close();
  }
  if (copied.size === 0) return;
  files.push({ object: numbered(object, number), path, units: units.filter((unit) => copied.has(unit)) });
}

/** Waits for all, also where one fails. @throws the first error */
async function allSettled(tasks: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(tasks)) if (outcome.status === "rejected") throw outcome.reason;
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
