/**
 * The statements of a reduction. One pass over all files groups the rows that
 * are surely records by their key, counts them, and keeps for each key the
 * place of the row that wins; a second pass fetches these rows.
 *
 * The order within a key is that of versions: event time, sequence, then the
 * place. The files stand in the order of their places, so the number of the
 * file and the row in it stand for it. Parts of a version behind the place
 * decide nothing, because no two rows of a load have one place.
 *
 * Names that begin with "#" are those of this file. A file with a column of
 * such a name is not read by the engine.
 */
import { type EngineColumn, type EngineValue, transferSql } from "./engine-column.ts";
import { type SureRows, TIME_COLUMN } from "./sure-rows.ts";
import { sqlName, sqlText } from "./sql-text.ts";

export interface RowRange {
  readonly start: number;
  /** The row behind the last one. */
  readonly end: number;
}

export interface ScannedFile {
  readonly path: string;
  /** Null: all rows. */
  readonly ranges: readonly RowRange[] | null;
}

export interface ReductionSqlOptions {
  /** In the order of their places. */
  readonly files: readonly ScannedFile[];
  readonly columns: readonly EngineColumn[];
  readonly sure: SureRows;
  /** The number of parts of the keys. */
  readonly parts: number;
}

/** The place of a row: the index of its file, and its number in the file from 0. */
export interface RowPlace {
  readonly file: number;
  readonly row: number;
}

/** A row is surely a record; one that has expired; one that must be checked by itself; or one that may be too large. */
export const ROW_CLASS = { record: 0, expired: 1, unsure: 2, large: 3 } as const;

/** The files of one reduction, and the rows of one file, have smaller numbers. */
const FILE_BITS = 24;
const ROW_BITS = 40;
const SEQUENCE_BITS = 63;
const ROWS = powerOfTwo(ROW_BITS);
const PLACES = powerOfTwo(FILE_BITS + ROW_BITS);
const SEQUENCES = powerOfTwo(SEQUENCE_BITS);
/** A character that is escaped in keys, so that two keys never have one text. */
const KEY_END = "chr(31)";

export const FILES_MAX: number = 2 ** FILE_BITS - 1;

/** Groups the rows that are surely records: the table `reduced` has a row for each key. */
export function reduceSql(options: ReductionSqlOptions): string {
  const { sure } = options;
  const keys = sure.key.map((sql, index) => `${sql} AS "#key ${index}"`);
  return `CREATE OR REPLACE TABLE reduced AS
    SELECT ${keys.join(", ")}, count(*) AS "#rows", max(${orderSql(sure)}) AS "#last"
    FROM ${classifiedSql(options)} WHERE "#class" = ${ROW_CLASS.record} GROUP BY ALL`;
}

/** The number of rows that were grouped. */
export function recordsSql(): string {
  return `SELECT CAST(coalesce(sum("#rows"), 0) AS BIGINT) FROM reduced`;
}

/** The class, the file and the number of all rows that were not grouped. */
export function othersSql(options: ReductionSqlOptions): string {
  return `SELECT "#class", "#file", count(*) FROM ${classifiedSql(options)}
    WHERE "#class" <> ${ROW_CLASS.record} GROUP BY ALL`;
}

function classifiedSql(options: ReductionSqlOptions): string {
  const { record, expired, unsure, large } = ROW_CLASS;
  const { fits, condition, isLive } = options.sure;
  return `(SELECT *, CASE WHEN NOT coalesce(${fits}, true) THEN ${large}
        WHEN NOT coalesce(${condition}, false) THEN ${unsure}
        WHEN ${isLive} THEN ${record} ELSE ${expired} END AS "#class"
      FROM ${scanSql(options)})`;
}

/** Each person of whom there are records. */
export function personsSql(options: ReductionSqlOptions, subject: EngineColumn): string {
  return `SELECT DISTINCT ${transferSql(subject)} AS "#person" FROM ${scanSql(options)}
    WHERE ${sqlName(subject.name)} IS NOT NULL`;
}

/** Rows of these persons are surely records no more: whether they are erased is decided one by one. */
export function withoutPersons(sure: SureRows, subject: EngineColumn, persons: readonly EngineValue[]): SureRows {
  if (persons.length === 0) return sure;
  const texts = persons.map((person) => sqlText(String(person))).join(", ");
  const value = `CAST(${transferSql(subject)} AS VARCHAR)`;
  return { ...sure, condition: `${sure.condition} AND ${value} NOT IN (${texts})` };
}

/** Fetches the winning rows: the table `winners` has one for each key. */
export function winnersSql(options: ReductionSqlOptions): string {
  const { sure, columns, parts } = options;
  return `CREATE OR REPLACE TABLE winners AS
    SELECT "#part", "#rows", "#win file" AS "#id file", "#win row" AS "#id row", CAST("#file" AS INTEGER) AS "#file", "#row",
      ${transfersSql(columns)}
    FROM ${scanSql(options)} JOIN (
      SELECT "#rows", ${placeSql(sure)}, ${partNumberSql(sure, parts)}
      FROM reduced) ON "#file" = "#win file" AND "#row" = "#win row"
    ORDER BY "#part"`;
}

/**
 * The winners of one part: the number of rows of the key that are not set aside, the place by which the key is known, the
 * winner's place, and its values.
 */
export function partSql(part: number): string {
  return `SELECT * EXCLUDE ("#part") FROM winners WHERE "#part" = ${part}`;
}

/** The rows that must be checked by themselves: their places and values, in the order of their places. */
export function unsureSql(options: ReductionSqlOptions): string {
  const { columns, sure } = options;
  return `SELECT CAST("#file" AS INTEGER) AS "#file", "#row", ${transfersSql(columns)} FROM ${scanSql(options)}
    WHERE NOT coalesce(${sure.condition}, false) ORDER BY "#file", "#row"`;
}

/** The places of the rows that may be too large. */
export function largeSql(options: ReductionSqlOptions): string {
  return `SELECT CAST("#file" AS INTEGER), "#row" FROM ${scanSql(options)} WHERE NOT coalesce(${options.sure.fits}, true)`;
}

/** All rows that were reduced to these winners, but those that are set aside: their places and values. */
export function rowsBehindSql(options: ReductionSqlOptions, ids: readonly RowPlace[], hasAside: boolean): string {
  const { columns, sure } = options;
  const places = ids.map(({ file, row }) => `(${file}, ${row})`).join(", ");
  const isAside = hasAside ? ` AND ("#file", "#row") NOT IN (SELECT "#file", "#row" FROM aside)` : "";
  return `SELECT CAST("#file" AS INTEGER) AS "#file", "#row", ${transfersSql(columns)}
    FROM ${scanSql(options)} JOIN (${keysSql(options, `VALUES ${places}`)}) ON ${sameKeySql(sure)}
    WHERE ${isRecordSql(sure)}${isAside}`;
}

/** The keys that are known by these places: their columns, the place and the part. */
export function keysSql({ sure, parts }: ReductionSqlOptions, places: string): string {
  const keys = sure.key.map((_, index) => `"#key ${index}"`).join(", ");
  return `SELECT * FROM (SELECT ${keys}, ${placeSql(sure)}, ${partNumberSql(sure, parts)}
      FROM reduced) WHERE ("#win file", "#win row") IN (${places})`;
}

export function sameKeySql({ key }: SureRows): string {
  return key.map((sql, index) => `(${sql}) = "#key ${index}"`).join(" AND ");
}

export function isRecordSql({ condition, isLive }: SureRows): string {
  return `coalesce(${condition}, false) AND ${isLive}`;
}

/** The rows of some statements in the order of their places. */
export function inOrderSql(statements: readonly string[]): string {
  return `SELECT * FROM (${statements.join(" UNION ALL ")}) ORDER BY "#file", "#row"`;
}

/** Reads each value of a file, as a reduction would. */
export function probeSql({ columns, sure }: Omit<ReductionSqlOptions, "files">, file: ScannedFile): string {
  const values = columns.map((column) => `max(${transferSql(column)})`).join(", ");
  return `SELECT count(*) FILTER (${sure.condition}), ${values} FROM ${scanSql({ files: [file], columns, sure })}`;
}

/** The names and the types of a file's columns. */
export function describeSql(path: string): string {
  return `DESCRIBE SELECT * FROM read_parquet(${sqlText(path)})`;
}

/** The rows of all files with their event times and their places. */
export function scanSql({ files, columns, sure }: Pick<ReductionSqlOptions, "files" | "columns" | "sure">): string {
  const names = columns.map(({ name }) => sqlName(name)).join(", ");
  const scans: string[] = [];
  for (let first = 0; first < files.length;) {
    const { path, ranges } = files[first] as ScannedFile;
    const whole = ranges === null ? wholeFrom(files, first) : [path];
    const paths = whole.map(sqlText).join(", ");
    const scan = `SELECT ${names}, ${sure.timeUs} AS ${TIME_COLUMN}, CAST(file_index AS BIGINT) + ${first} AS "#file", file_row_number AS "#row" FROM read_parquet([${paths}])`;
    const conditions = ranges?.map(
      ({ start, end }) => ` WHERE file_row_number >= ${start} AND file_row_number < ${end}`,
    );
    scans.push(...(conditions ?? [""]).map((condition) => scan + condition));
    first += whole.length;
  }
  return `(${scans.join(" UNION ALL ")})`;
}

/** The files from this one on of which all rows are read. */
function wholeFrom(files: readonly ScannedFile[], first: number): readonly string[] {
  const end = files.findIndex(({ ranges }, index) => index > first && ranges !== null);
  return files.slice(first, end < 0 ? undefined : end).map(({ path }) => path);
}

export function transfersSql(columns: readonly EngineColumn[]): string {
  return columns.map((column, index) => `${transferSql(column)} AS "#value ${index}"`).join(", ");
}

/** Multiplied rather than shifted, because the engine multiplies such integers faster. */
export function orderSql({ sequence }: SureRows): string {
  const place = `"#file" * ${ROWS} + "#row"`;
  if (sequence === null) return `CAST(${TIME_COLUMN} AS HUGEINT) * ${PLACES} + ${place}`;
  return `{'ranked': CAST(${TIME_COLUMN} AS HUGEINT) * ${SEQUENCES} + ${sequence}, 'place': ${place}}`;
}

export function placeSql({ sequence }: SureRows): string {
  const place = sequence === null ? `"#last" % ${PLACES}` : `"#last".place`;
  return `CAST((${place}) // ${ROWS} AS BIGINT) AS "#win file", CAST((${place}) % ${ROWS} AS BIGINT) AS "#win row"`;
}

function partNumberSql({ key }: SureRows, parts: number): string {
  const texts = key.map((_, index) => `CAST("#key ${index}" AS VARCHAR)`).join(`, ${KEY_END}, `);
  return `CAST(md5_number_lower(concat(${texts})) % ${parts} AS INTEGER) AS "#part"`;
}

function powerOfTwo(bits: number): string {
  return `CAST(${2n ** BigInt(bits)} AS HUGEINT)`;
}
