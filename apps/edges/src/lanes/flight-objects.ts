/** Parts of the real flights: files for loads that follow each other, and the rows of a query. */
import { join } from "node:path";
import { flightsFile } from "../growth/flight-files.ts";
import { query } from "../growth/query.ts";

/** @returns the paths; each next file has other airports and is a day later, so that its keys are its own */
export async function writeFlightObjects(folder: string, files: number, rows: number): Promise<readonly string[]> {
  const paths = Array.from({ length: files }, (_, file) => join(folder, `flights-${rows}-${file}.parquet`));
  for (const [file, path] of paths.entries()) {
    await query(`COPY (SELECT date + INTERVAL ${file} DAY AS date, delay, distance, origin,
        destination || '${file}' AS destination FROM read_parquet('${flightsFile()}') LIMIT ${rows})
      TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
  }
  return paths;
}

/** The rows of a query about the table `flights`, which has the real ones. */
export async function readFlights(sql: string): Promise<readonly (readonly unknown[])[]> {
  return await query(`WITH flights AS (FROM read_parquet('${flightsFile()}')) ${sql}`);
}
