/**
 * The demo's data, which DuckDB makes from the real flights: the batch lane's
 * file, the stream's messages and the jobs. `expected-routes.ts` says what
 * every route must hold in the end.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { type ExpectedRoute, expectedRoutes } from "./expected-routes.ts";
import type { Flight, RouteKey } from "./flight.ts";

export interface DemoDataOptions {
  /** About how many rows of the flights to take in all; every n-th row is taken. */
  readonly rows: number;
  readonly seed: number;
  /** The folder for the batch lane's file. */
  readonly directory: string;
}

export interface DemoData {
  readonly file: string;
  readonly batchRows: number;
  readonly streamRows: number;
  readonly putAgain: readonly Flight[];
  readonly refreshes: readonly Flight[];
  readonly deletes: readonly Flight[];
  readonly routes: readonly RouteKey[];
  /** The stream's flights in a seeded shuffled order, in pieces of some thousand. */
  messages(): AsyncIterable<readonly Flight[]>;
  /** By `origin-destination`, without deleted routes. */
  expected(): Promise<ReadonlyMap<string, ExpectedRoute>>;
  close(): void;
}

const ROWS_ALL = 3_000_000;
const STREAM_FROM = "TIMESTAMP '2001-06-01'";
const PUT_AGAIN = 200;
const REFRESHES = 40;
const DELETES = 15;
const ISO = "strftime(date, '%Y-%m-%dT%H:%M:%S.%fZ')";

export async function prepareDemoData({ rows, seed, directory }: DemoDataOptions): Promise<DemoData> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const file = join(directory, "flights-to-may.parquet");
  const step = Math.max(1, Math.round(ROWS_ALL / rows));
  await connection.run(`CREATE TABLE flights AS SELECT date, delay, distance, origin, destination
    FROM (SELECT *, row_number() OVER () AS n FROM read_parquet('${flightsFile()}')) WHERE n % ${step} = 0`);
  await connection.run(`COPY (SELECT * FROM flights WHERE date < ${STREAM_FROM})
    TO '${file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${Math.max(2_048, Math.round(rows / 11))})`);
  await createJobs(connection, seed);
  const count = async (where: string): Promise<number> =>
    numberOf((await rowsOf(connection, `SELECT count(*) FROM flights WHERE date ${where} ${STREAM_FROM}`))[0]?.[0]);
  const putAgain = await flightsOf(connection, "SELECT * FROM put_again");
  const refreshes = await flightsOf(connection, "SELECT * FROM refreshed");
  const deletes = await flightsOf(connection, "SELECT * FROM deleted");
  const messages = (): AsyncIterable<readonly Flight[]> => shuffledMessages(connection, seed);
  return {
    file,
    batchRows: await count("<"),
    streamRows: await count(">="),
    putAgain,
    refreshes,
    deletes,
    routes: (await rowsOf(connection, "SELECT DISTINCT origin, destination FROM flights ORDER BY ALL")).map(routeOf),
    messages,
    expected: () => expectedRoutes({ file, messages, putAgain, refreshes, deletes }),
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** The data package's file. It is never copied into the repository. (The package exports only its code.) */
function flightsFile(): string {
  const file = fileURLToPath(new URL("../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url));
  if (!existsSync(file)) throw new Error(`there is no ${file}: install the dependencies again`);
  return file;
}

/**
 * Chooses routes by a seeded hash: some are put again, some are refreshed with a later flight, a few are deleted still
 * later.
 */
async function createJobs(connection: DuckDBConnection, seed: number): Promise<void> {
  await connection.run(`CREATE TABLE newest AS SELECT origin, destination, max(date) AS date,
    arg_max(delay, date) AS delay, arg_max(distance, date) AS distance,
    row_number() OVER (ORDER BY hash(origin || destination || '${seed}')) AS n FROM flights GROUP BY origin, destination`);
  const chosen = (from: number, to: number, date: string, delay: string): string =>
    `SELECT origin, destination, ${date} AS date, ${delay} AS delay, distance FROM newest WHERE n > ${from} AND n <= ${to}`;
  await connection.run(`CREATE TABLE put_again AS ${chosen(0, PUT_AGAIN, "date", "delay")}`);
  await connection.run(
    `CREATE TABLE refreshed AS ${chosen(PUT_AGAIN, PUT_AGAIN + REFRESHES, "date + INTERVAL 1 HOUR", "0")}`,
  );
  const last = PUT_AGAIN + REFRESHES + DELETES;
  await connection.run(
    `CREATE TABLE deleted AS ${chosen(PUT_AGAIN + REFRESHES, last, "date + INTERVAL 2 HOUR", "delay")}`,
  );
}

/** The order of the stream's messages. All messages of one route go to one partition. */
function streamOrder(seed: number): string {
  return `hash(date::VARCHAR || origin || destination || delay || '${seed}')`;
}

async function* shuffledMessages(connection: DuckDBConnection, seed: number): AsyncIterable<readonly Flight[]> {
  const result = await connection.stream(`SELECT origin, destination, ${ISO}, delay, distance FROM flights
    WHERE date >= ${STREAM_FROM} ORDER BY ${streamOrder(seed)}`);
  for await (const rows of result.yieldRows()) yield rows.map(flightOf);
}

async function flightsOf(connection: DuckDBConnection, query: string): Promise<readonly Flight[]> {
  const rows = await rowsOf(
    connection,
    `SELECT origin, destination, ${ISO}, delay, distance FROM (${query}) ORDER BY ALL`,
  );
  return rows.map(flightOf);
}

async function rowsOf(connection: DuckDBConnection, query: string): Promise<readonly DuckDBValue[][]> {
  return (await connection.runAndReadAll(query)).getRows();
}

function routeOf([origin, destination]: readonly DuckDBValue[]): RouteKey {
  return { origin: String(origin), destination: String(destination) };
}

function flightOf(row: readonly DuckDBValue[]): Flight {
  return { ...routeOf(row), date: String(row[2]), delay: numberOf(row[3]), distance: numberOf(row[4]) };
}

function numberOf(value: DuckDBValue | undefined): number {
  return Number(value);
}
