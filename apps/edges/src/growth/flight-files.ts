/**
 * Files of many flights: the real ones again and again, each time some days
 * later and between other airports, so that rows and keys grow alike.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { query } from "./query.ts";

export interface FlightFile {
  readonly path: string;
  readonly size: number;
}

export const FLIGHT_FORMATS = ["parquet", "ndjson", "csv"] as const;
export type FlightFormat = (typeof FLIGHT_FORMATS)[number];

export interface FlightFilesOptions {
  readonly folder: string;
  /** Each with all of the real flights. */
  readonly files: number;
  /** The flights of each file lie in so many objects. */
  readonly objects: number;
  readonly format: FlightFormat;
}

const COPY_OPTIONS: Readonly<Record<FlightFormat, string>> = {
  parquet: "FORMAT parquet, COMPRESSION zstd",
  ndjson: "FORMAT json",
  csv: "FORMAT csv, HEADER",
};

/** The names of the airports begin anew after so many files. */
const AIRPORTS_EACH = 100;

export async function writeFlightFiles({
  folder,
  files,
  objects,
  format,
}: FlightFilesOptions): Promise<readonly FlightFile[]> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const written: FlightFile[] = [];
  for (let file = 0; file < files; file += 1) {
    for (let object = 0; object < objects; object += 1) {
      const path = join(folder, `flights-${file}-${object}.${format}`);
      const date = `date + INTERVAL ${file} DAY`;
      const first = Math.floor((object * FLIGHTS) / objects);
      const end = Math.floor(((object + 1) * FLIGHTS) / objects);
      await connection.run(`COPY (SELECT ${format === "parquet" ? date : isoText(date)} AS date, delay, distance, origin,
          destination || '${file % AIRPORTS_EACH}' AS destination
        FROM read_parquet('${flightsFile()}', file_row_number = true)
        WHERE file_row_number >= ${first} AND file_row_number < ${end})
        TO '${path}' (${COPY_OPTIONS[format]})`);
      written.push({ path, size: statSync(path).size });
    }
  }
  connection.closeSync();
  instance.closeSync();
  return written;
}

function isoText(date: string): string {
  return `strftime(${date}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
}

/** The number of the real flights. */
export const FLIGHTS = 3_000_000;

/** Rows of a row group, about as many as the data package's file has. */
const ROW_GROUP_ROWS = 300_000;

/**
 * A file of the first of the real flights. Its texts are plain ones, and its times carry their zone: the data package's
 * file marks texts as categories, and has times without a zone, each of which Feast's reader of files takes one by one
 * (`_normalize_timestamp`), for six times the CPU of all the rest.
 */
export async function someFlights(folder: string, rows: number): Promise<string> {
  const path = join(folder, "flights.parquet");
  await query(`COPY (SELECT * REPLACE (make_timestamptz(epoch_us(date)) AS date) FROM read_parquet('${flightsFile()}') LIMIT ${rows})
    TO '${path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`);
  return path;
}

export interface FlownRoute {
  readonly origin: string;
  readonly destination: string;
}

/** The distinct routes of a file. */
export async function routesOf(path: string): Promise<readonly FlownRoute[]> {
  const rows = await query(`SELECT DISTINCT origin, destination FROM read_parquet('${path}') ORDER BY ALL`);
  return rows.map(([origin, destination]) => ({ origin: String(origin), destination: String(destination) }));
}

/** The data package's file. It is never copied into the repository. */
export function flightsFile(): string {
  return fileURLToPath(new URL("../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url));
}
