/**
 * The oracle of the demo: what every route must hold in the end. It reads the
 * batch lane's file with hyparquet and compares its rows one by one. The lane
 * reduces this file with DuckDB, so that the two share neither a reader nor a
 * reduction.
 *
 * Several rows may have the same route and date. The documented rule says which
 * of them stays: the lane's rank, then the row in the file, the order in which
 * the messages are produced, or the job.
 */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Flight, RouteKey } from "./flight.ts";

/** The row that a route must hold: of the rows at its newest date, the one that the rule prefers. */
export interface ExpectedRoute extends RouteKey {
  readonly dateUs: number;
  /** `delay/distance`. */
  readonly features: string;
}

export interface GivenFlights {
  readonly file: string;
  /** In the order in which they are produced. */
  readonly messages: () => AsyncIterable<readonly Flight[]>;
  readonly putAgain: readonly Flight[];
  readonly refreshes: readonly Flight[];
  readonly deletes: readonly RouteKey[];
}

interface Best extends ExpectedRoute {
  readonly rank: number;
  readonly place: number;
}

/** A row of the file, with the types of the library. */
interface FileRow extends RouteKey {
  readonly date: Date;
  readonly delay: bigint;
  readonly distance: bigint;
}

const RANK = { batch: 1, stream: 2, "on-demand": 3 } as const;
const US_PER_MS = 1_000;

/** By `origin-destination`, without deleted routes. */
export async function expectedRoutes(given: GivenFlights): Promise<ReadonlyMap<string, ExpectedRoute>> {
  const best = new Map<string, Best>();
  const offer = (flight: Best): void => {
    const name = nameOf(flight);
    const known = best.get(name);
    if (known === undefined || isBefore(known, flight)) best.set(name, flight);
  };
  await readFile(given.file, (row, place) => offer(bestOf(flightOf(row), RANK.batch, place)));
  let place = 0;
  for await (const flights of given.messages()) {
    for (const flight of flights) offer(bestOf(flight, RANK.stream, (place += 1)));
  }
  for (const flight of [...given.putAgain, ...given.refreshes]) offer(bestOf(flight, RANK["on-demand"], 0));
  for (const route of given.deletes) best.delete(nameOf(route));
  return best;
}

/** Calls back for each row with its number in the file. */
async function readFile(path: string, take: (row: FileRow, place: number) => void): Promise<void> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const { num_rows: count } of metadata.row_groups) {
    const rowEnd = rowStart + Number(count);
    const rows = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
    rows.forEach((row, index) => take(row as unknown as FileRow, rowStart + index));
    rowStart = rowEnd;
  }
}

function flightOf({ date, delay, distance, ...route }: FileRow): Flight {
  return { ...route, date: date.toISOString(), delay: Number(delay), distance: Number(distance) };
}

function bestOf({ origin, destination, date, delay, distance }: Flight, rank: number, place: number): Best {
  return { origin, destination, dateUs: Date.parse(date) * US_PER_MS, features: `${delay}/${distance}`, rank, place };
}

function isBefore(left: Best, right: Best): boolean {
  if (left.dateUs !== right.dateUs) return left.dateUs < right.dateUs;
  return left.rank === right.rank ? left.place < right.place : left.rank < right.rank;
}

function nameOf({ origin, destination }: RouteKey): string {
  return `${origin}-${destination}`;
}
