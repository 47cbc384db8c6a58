/**
 * Reduces copied files in the engine. What the engine refuses, and objects of
 * which too many rows can only be checked by themselves, are taken out; the
 * others are reduced without them.
 */
import { checkWinners, type WinnerCheck } from "./check-winners.ts";
import { type CopiedFile, scannedFileOf } from "./copy-units.ts";
import { type EngineValue, isExpectedType, rowValueOf } from "./engine-column.ts";
import { EngineMissing, type EngineProcess, EngineRefusal } from "./engine-process.ts";
import type { ColumnShape, EngineUnit, Unreduced } from "./engine-units.ts";
import type { EngineSession } from "./load-engine.ts";
import {
  describeSql,
  largeSql,
  othersSql,
  personsSql,
  probeSql,
  recordsSql,
  reduceSql,
  type ReductionSqlOptions,
  ROW_CLASS,
  winnersSql,
  withoutPersons,
} from "./reduction-sql.ts";
import type { HeldReduction } from "./write-parts.ts";

export interface ReduceFilesOptions {
  readonly session: EngineSession;
  readonly shape: ColumnShape;
  readonly parts: number;
  /** The field that names a record's person, and whether records of a person may be erased; null: it has none. */
  readonly persons: Persons | null;
  /** Checks the winners, where no column tells which rows are valid; null: the columns have told it. */
  readonly check: WinnerCheck | null;
  readonly signal?: AbortSignal | undefined;
}

export interface Persons {
  readonly subject: string;
  readonly mayBeErased: (person: string) => boolean;
}

export interface ReducedFiles {
  /** Null where no file is left. */
  readonly reduction: HeldReduction | null;
  readonly units: readonly EngineUnit[];
  readonly refused: readonly Unreduced[];
}

/** With more erased persons in a load its statements would be too long, and it goes row by row. */
const ERASED_PERSONS_MAX = 10_000;
const PERSONS_AT_ONCE = 16_384;
/** So many rows of an object may be checked by themselves, and such a share of its rows. */
const UNSURE_ROWS_MAX = 10_000;
const UNSURE_SHARE_MAX = 0.1;
const PLACES_AT_ONCE = 16_384;
const LARGE = "it has rows that may be too large for the store, which are decided last";

/** @throws EngineMissing, or the signal's reason */
export async function reduceFiles(files: readonly CopiedFile[], options: ReduceFilesOptions): Promise<ReducedFiles> {
  const refused: Unreduced[] = [];
  let left = await fitting(files, options, refused);
  for (;;) {
    if (left.length === 0) return { reduction: null, units: [], refused };
    const outcome = await reduceOnce(left, options);
    options.signal?.throwIfAborted();
    if (outcome.kind === "held") return { reduction: outcome.reduction, units: unitsOf(left), refused };
    const before = unitsOf(left).length;
    left = await withoutRefused(left, outcome, { options, refused });
    // Each file can be read by itself, and yet not all of them together.
    if (outcome.kind === "refused" && unitsOf(left).length === before) {
      for (const unit of unitsOf(left)) refused.push({ unit: unit.unit, reason: outcome.reason });
      left = [];
    }
  }
}

/** The files and units that are left after a reduction that did not come about. */
async function withoutRefused(
  files: readonly CopiedFile[],
  outcome: Exclude<Once, { readonly kind: "held" }>,
  { options, refused }: { readonly options: ReduceFilesOptions; readonly refused: Unreduced[] },
): Promise<readonly CopiedFile[]> {
  switch (outcome.kind) {
    case "unsure":
      return without(files, outcome.files, refused);
    case "large":
      for (const { unit } of outcome.units) refused.push({ unit, reason: LARGE });
      return files.flatMap((file) => {
        const units = file.units.filter((unit) => !outcome.units.has(unit));
        return units.length === 0 ? [] : [{ ...file, units }];
      });
    case "refused":
      return probed(files, options, refused);
  }
}

type Once =
  | { readonly kind: "held"; readonly reduction: HeldReduction }
  | { readonly kind: "refused"; readonly reason: string }
  /** Files by index, with the reason. */
  | { readonly kind: "unsure"; readonly files: ReadonlyMap<number, string> }
  /** Units with rows that may be too large, which are decided when all others are written. */
  | { readonly kind: "large"; readonly units: ReadonlySet<EngineUnit> };

async function reduceOnce(files: readonly CopiedFile[], options: ReduceFilesOptions): Promise<Once> {
  const { session, shape, parts, persons } = options;
  const all: ReductionSqlOptions = { files: files.map(scannedFileOf), parts, ...shape };
  try {
    const engine = await session.engine();
    const sql = persons === null ? all : await withoutErased(all, engine, persons);
    if (sql === null)
      return { kind: "refused", reason: `it has rows of more than ${ERASED_PERSONS_MAX} erased persons` };
    await engine.run(reduceSql(sql));
    const expected = unitsOf(files).reduce((sum, unit) => sum + unit.rows, 0);
    const [[records = 0] = []] = await engine.run(recordsSql());
    const found = Number(records) === expected ? [] : await otherRows(sql, engine);
    const rows = found.reduce((sum, one) => sum + one.rows, Number(records));
    if (rows !== expected) return { kind: "refused", reason: `the engine found ${rows} of ${expected} rows` };
    if (found.some(({ kind }) => kind === ROW_CLASS.large))
      return { kind: "large", units: await largeUnits(files, sql, engine) };
    const unsure = found.filter(({ kind }) => kind === ROW_CLASS.unsure);
    const refused = tooUnsure(files, unsure);
    if (refused.size > 0) return { kind: "unsure", files: refused };
    await engine.run(winnersSql(sql));
    const objects = files.map(({ object, units }) => ({ ...object, units }));
    const { check, signal } = options;
    const hasAside = check !== null && (await checkWinners({ engine, sql, objects, check, signal }));
    const expired = new Map(
      found.filter(({ kind }) => kind === ROW_CLASS.expired).map(({ file, rows: count }) => [file, count]),
    );
    const counts = { expired, unsure: unsure.reduce((sum, { rows: count }) => sum + count, 0) };
    return {
      kind: "held",
      reduction: { engine, sql, objects, hasAside, ...counts },
    };
  } catch (error) {
    return { kind: "refused", reason: refusalOf(error) };
  }
}

interface RowsOfClass {
  readonly kind: number;
  readonly file: number;
  readonly rows: number;
}

/** The rows that are not surely records, which most loads do not have, so that one pass is enough. */
async function otherRows(sql: ReductionSqlOptions, engine: EngineProcess): Promise<readonly RowsOfClass[]> {
  const [classes = [], files = [], counts = []] = await engine.run(othersSql(sql));
  return classes.map((kind, index) => ({
    kind: Number(kind),
    file: Number(files[index]),
    rows: Number(counts[index]),
  }));
}

/** Null where too many persons were erased. Erased records leave before the reduction, since they supersede nothing. */
async function withoutErased(
  sql: ReductionSqlOptions,
  engine: EngineProcess,
  { subject, mayBeErased }: Persons,
): Promise<ReductionSqlOptions | null> {
  const column = sql.columns.find(({ name }) => name === subject);
  if (column === undefined) return sql;
  const erased: EngineValue[] = [];
  for await (const [values = []] of engine.rows(personsSql(sql, column), PERSONS_AT_ONCE)) {
    erased.push(...values.filter((value) => mayBeErased(String(rowValueOf(column, value)))));
    if (erased.length > ERASED_PERSONS_MAX) return null;
  }
  return { ...sql, sure: withoutPersons(sql.sure, column, erased) };
}

async function largeUnits(
  files: readonly CopiedFile[],
  sql: ReductionSqlOptions,
  engine: EngineProcess,
): Promise<ReadonlySet<EngineUnit>> {
  const units = new Set<EngineUnit>();
  for await (const [indexes = [], rows = []] of engine.rows(largeSql(sql), PLACES_AT_ONCE)) {
    indexes.forEach((file, index) => {
      const row = Number(rows[index]);
      const hasRow = (unit: EngineUnit): boolean => unit.firstRow <= row && row < unit.firstRow + unit.rows;
      const unit = files[Number(file)]?.units.find(hasRow);
      if (unit !== undefined) units.add(unit);
    });
  }
  return units;
}

function tooUnsure(
  files: readonly CopiedFile[],
  found: readonly { readonly file: number; readonly rows: number }[],
): ReadonlyMap<number, string> {
  const reasons = new Map<number, string>();
  for (const { file, rows } of found) {
    const all = (files[file]?.units ?? []).reduce((sum, unit) => sum + unit.rows, 0);
    if (rows <= UNSURE_ROWS_MAX || rows <= all * UNSURE_SHARE_MAX) continue;
    reasons.set(file, `${rows} of ${all} rows of an object can only be checked one by one`);
  }
  return reasons;
}

function without(
  files: readonly CopiedFile[],
  reasons: ReadonlyMap<number, string>,
  refused: Unreduced[],
): readonly CopiedFile[] {
  return files.filter(({ units }, index) => {
    const reason = reasons.get(index);
    if (reason !== undefined) refused.push(...units.map(({ unit }) => ({ unit, reason })));
    return reason === undefined;
  });
}

/** The files whose columns have the expected types for the engine as well. */
async function fitting(
  files: readonly CopiedFile[],
  { session, shape }: ReduceFilesOptions,
  refused: Unreduced[],
): Promise<readonly CopiedFile[]> {
  const reasons = new Map<number, string>();
  for (const [index, { path }] of files.entries()) {
    try {
      const [names = [], types = []] = await (await session.engine()).run(describeSql(path));
      const wrong = shape.columns.find((column) => {
        const at = names.indexOf(column.name);
        return at < 0 || !isExpectedType(column, String(types[at]));
      });
      if (wrong !== undefined) {
        const type = String(types[names.indexOf(wrong.name)] ?? "none");
        reasons.set(index, `the engine takes its column "${wrong.name}" for ${type}, not for ${wrong.type}`);
      }
    } catch (error) {
      reasons.set(index, refusalOf(error));
      await session.reset();
    }
  }
  return without(files, reasons, refused);
}

/** The files without the units that the engine cannot read by themselves. */
async function probed(
  files: readonly CopiedFile[],
  { session, shape, parts, signal }: ReduceFilesOptions,
  refused: Unreduced[],
): Promise<readonly CopiedFile[]> {
  const kept: CopiedFile[] = [];
  await session.reset();
  for (const file of files) {
    const units: EngineUnit[] = [];
    for (const unit of file.units) {
      signal?.throwIfAborted();
      try {
        const scanned = scannedFileOf({ ...file, units: [unit] });
        await (await session.engine()).run(probeSql({ ...shape, parts }, scanned));
        units.push(unit);
      } catch (error) {
        refused.push({ unit: unit.unit, reason: refusalOf(error) });
        await session.reset();
      }
    }
    if (units.length > 0) kept.push({ ...file, units });
  }
  return kept;
}

/** @throws every error that is not the engine's refusal */
function refusalOf(error: unknown): string {
  if (error instanceof EngineMissing || !(error instanceof EngineRefusal)) throw error;
  return error.message;
}

function unitsOf(files: readonly CopiedFile[]): readonly EngineUnit[] {
  return files.flatMap(({ units }) => units);
}
