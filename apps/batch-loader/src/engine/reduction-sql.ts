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
import type { SureRows } from "./sure-rows.ts";
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

/** Groups all rows: the table `reduced` has a row for each key, and one for each file and other class. */
export function reduceSql({ files, columns, sure }: ReductionSqlOptions): string {
  const { record, expired, unsure, large } = ROW_CLASS;
  const keys = sure.key.map((sql, index) => `CASE WHEN "#class" = ${record} THEN ${sql} END AS "#key ${index}"`);
  const order = `max(CASE WHEN "#class" = ${record} THEN ${orderSql(sure)} END)`;
  return `CREATE OR REPLACE TABLE reduced AS
    SELECT "#class", CASE WHEN "#class" <> ${record} THEN "#file" END AS "#of", ${keys.join(", ")},
      count(*) AS "#rows", ${order} AS "#last"
    FROM (SELECT *, CASE WHEN NOT coalesce(${sure.fits}, true) THEN ${large}
        WHEN NOT coalesce(${sure.condition}, false) THEN ${unsure}
        WHEN ${sure.isLive} THEN ${record} ELSE ${expired} END AS "#class"
      FROM ${scanSql(files, columns)})
    GROUP BY ALL`;
}

/** Each person of whom there are records. */
export function personsSql({ files, columns }: ReductionSqlOptions, subject: EngineColumn): string {
  return `SELECT DISTINCT ${transferSql(subject)} AS "#person" FROM ${scanSql(files, columns)}
    WHERE ${sqlName(subject.name)} IS NOT NULL`;
}

/** Rows of these persons are surely records no more: whether they are erased is decided one by one. */
export function withoutPersons(sure: SureRows, subject: EngineColumn, persons: readonly EngineValue[]): SureRows {
  if (persons.length === 0) return sure;
  const texts = persons.map((person) => sqlText(String(person))).join(", ");
  const value = `CAST(${transferSql(subject)} AS VARCHAR)`;
  return { ...sure, condition: `${sure.condition} AND ${value} NOT IN (${texts})` };
}

/** The class, the file (null for records), the number of rows, and the number of keys. */
export function classesSql(): string {
  return `SELECT "#class", CAST("#of" AS BIGINT), CAST(sum("#rows") AS BIGINT), count(*) FROM reduced GROUP BY ALL`;
}

/** Fetches the winning rows: the table `winners` has one for each key. */
export function winnersSql({ files, sure, columns, parts }: ReductionSqlOptions): string {
  return `CREATE OR REPLACE TABLE winners AS
    SELECT "#part", "#rows", "#win file" AS "#id file", "#win row" AS "#id row", CAST("#file" AS INTEGER) AS "#file", "#row",
      ${transfersSql(columns)}
    FROM ${scanSql(files, columns)} JOIN (
      SELECT "#rows", ${placeSql(sure)}, ${partNumberSql(sure, parts)}
      FROM reduced WHERE "#class" = ${ROW_CLASS.record}) ON "#file" = "#win file" AND "#row" = "#win row"
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
export function unsureSql({ files, columns, sure }: ReductionSqlOptions): string {
  return `SELECT CAST("#file" AS INTEGER) AS "#file", "#row", ${transfersSql(columns)} FROM ${scanSql(files, columns)}
    WHERE NOT coalesce(${sure.condition}, false) ORDER BY "#file", "#row"`;
}

/** The places of the rows that may be too large. */
export function largeSql({ files, columns, sure }: ReductionSqlOptions): string {
  return `SELECT CAST("#file" AS INTEGER), "#row" FROM ${scanSql(files, columns)} WHERE NOT coalesce(${sure.fits}, true)`;
}

/** All rows that were reduced to these winners, but those that are set aside: their places and values. */
export function rowsBehindSql(options: ReductionSqlOptions, ids: readonly RowPlace[], hasAside: boolean): string {
  const { files, columns, sure } = options;
  const places = ids.map(({ file, row }) => `(${file}, ${row})`).join(", ");
  const isAside = hasAside ? ` AND ("#file", "#row") NOT IN (SELECT "#file", "#row" FROM aside)` : "";
  return `SELECT CAST("#file" AS INTEGER) AS "#file", "#row", ${transfersSql(columns)}
    FROM ${scanSql(files, columns)} JOIN (${keysSql(options, `VALUES ${places}`)}) ON ${sameKeySql(sure)}
    WHERE ${isRecordSql(sure)}${isAside}`;
}

/** The keys that are known by these places: their columns, the place and the part. */
export function keysSql({ sure, parts }: ReductionSqlOptions, places: string): string {
  const keys = sure.key.map((_, index) => `"#key ${index}"`).join(", ");
  return `SELECT * FROM (SELECT ${keys}, ${placeSql(sure)}, ${partNumberSql(sure, parts)}
      FROM reduced WHERE "#class" = ${ROW_CLASS.record}) WHERE ("#win file", "#win row") IN (${places})`;
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
  return `SELECT count(*) FILTER (${sure.condition}), ${values} FROM ${scanSql([file], columns)}`;
}

/** The names and the types of a file's columns. */
export function describeSql(path: string): string {
  return `DESCRIBE SELECT * FROM read_parquet(${sqlText(path)})`;
}

/** The rows of all files with their places. */
export function scanSql(files: readonly ScannedFile[], columns: readonly EngineColumn[]): string {
  const names = columns.map(({ name }) => sqlName(name)).join(", ");
  const scans: string[] = [];
  for (let first = 0; first < files.length;) {
    const { path, ranges } = files[first] as ScannedFile;
    const whole = ranges === null ? wholeFrom(files, first) : [path];
    const paths = whole.map(sqlText).join(", ");
    const scan = `SELECT ${names}, CAST(file_index AS BIGINT) + ${first} AS "#file", file_row_number AS "#row" FROM read_parquet([${paths}])`;
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
export function orderSql({ timeUs, sequence }: SureRows): string {
  const place = `"#file" * ${ROWS} + "#row"`;
  if (sequence === null) return `CAST(${timeUs} AS HUGEINT) * ${PLACES} + ${place}`;
  return `{'ranked': CAST(${timeUs} AS HUGEINT) * ${SEQUENCES} + ${sequence}, 'place': ${place}}`;
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
