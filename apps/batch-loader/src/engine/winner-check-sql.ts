/**
 * The statements by which the schema checks winners alone. A winner that it
 * refuses is kept in the table `refused`, and the next row of its key takes its
 * place in `winners`. Afterwards the refused rows, and all rows of keys of which
 * no winner was found, lie in the table `aside`.
 */
import {
  isRecordSql,
  keysSql,
  orderSql,
  placeSql,
  type ReductionSqlOptions,
  type RowPlace,
  sameKeySql,
  scanSql,
  transfersSql,
} from "./reduction-sql.ts";

/** A winner that was refused, and the place by which its key is known. */
export interface RefusedWinner extends RowPlace {
  readonly id: RowPlace;
}

export function beginCheckSql(): string {
  return `CREATE OR REPLACE TABLE refused
    ("#round" INTEGER, "#id file" BIGINT, "#id row" BIGINT, "#file" BIGINT, "#row" BIGINT)`;
}

/** The winners that are to be checked: their key's place, their own, and their values. */
export function uncheckedSql(round: number): string {
  return `SELECT * EXCLUDE ("#part", "#rows") FROM ${round === 0 ? "winners" : "next"}`;
}

export function refuseSql(round: number, winners: readonly RefusedWinner[]): string {
  const rows = winners.map(({ id, file, row }) => `(${round}, ${id.file}, ${id.row}, ${file}, ${row})`);
  return `INSERT INTO refused VALUES ${rows.join(", ")}`;
}

/** Takes the winners that a round refused out of `winners`. */
export function removeRefusedSql(round: number): string {
  return `DELETE FROM winners WHERE ("#id file", "#id row") IN (${refusedIn(round)})`;
}

/** Finds the next winner of each key whose winner a round refused: the table `next`. */
export function nextWinnersSql(options: ReductionSqlOptions, round: number): string {
  const { columns, sure } = options;
  return `CREATE OR REPLACE TABLE next AS
    SELECT "#part", "#rows", "#id file", "#id row", CAST("#file" AS INTEGER) AS "#file", "#row", ${transfersSql(columns)}
    FROM ${scanSql(options)} JOIN (
      SELECT "#part", "#rows", "#id file", "#id row", ${placeSql(sure)} FROM (
        SELECT "#part", "#win file" AS "#id file", "#win row" AS "#id row", count(*) AS "#rows", max(${orderSql(sure)}) AS "#last"
        FROM ${scanSql(options)} JOIN (${keysSql(options, refusedIn(round))}) ON ${sameKeySql(sure)}
        WHERE ${isRecordSql(sure)} AND ("#file", "#row") NOT IN (SELECT "#file", "#row" FROM refused)
        GROUP BY ALL)) ON "#file" = "#win file" AND "#row" = "#win row"`;
}

export function takeNextSql(): string {
  return "INSERT INTO winners SELECT * FROM next";
}

/** Sets aside what was refused, and every row of the keys whose last winner was refused in the last round. */
export function setAsideSql(options: ReductionSqlOptions, lastRound: number): string {
  const { columns, sure } = options;
  const values = `"#part", CAST("#file" AS INTEGER) AS "#file", "#row", ${transfersSql(columns)}`;
  const scan = scanSql(options);
  return `CREATE OR REPLACE TABLE aside AS
    SELECT ${values} FROM ${scan} JOIN (
      SELECT "#part", "#file" AS "#win file", "#row" AS "#win row" FROM refused JOIN (
        SELECT "#part", "#win file" AS "#key file", "#win row" AS "#key row"
        FROM (${keysSql(options, 'SELECT "#id file", "#id row" FROM refused')}))
      ON "#id file" = "#key file" AND "#id row" = "#key row") ON "#file" = "#win file" AND "#row" = "#win row"
    UNION ALL
    SELECT ${values} FROM ${scan} JOIN (${keysSql(options, refusedIn(lastRound))}) ON ${sameKeySql(sure)}
    WHERE ${isRecordSql(sure)} AND ("#file", "#row") NOT IN (SELECT "#file", "#row" FROM refused)`;
}

/** The rows of a part that are set aside: their places and values. */
export function asideSql(part: number): string {
  return `SELECT * EXCLUDE ("#part") FROM aside WHERE "#part" = ${part}`;
}

function refusedIn(round: number): string {
  return `SELECT "#id file", "#id row" FROM refused WHERE "#round" = ${round}`;
}
