/** The situations in which the stream lane's rate is measured. */

/** `cold`: every row has a key of its own, so that the store is busy. `reduced`: few keys, which the engine reduces. */
export type LoadKind = "cold" | "reduced";

export interface Situation {
  readonly name: string;
  /** Null: the stream lane is alone. */
  readonly load: LoadKind | null;
  /** Records that the load may write in a second; null: as fast as it goes. */
  readonly writesPerSecond: number | null;
}

const CEILING = 500;

export const situations: readonly Situation[] = [
  { name: "alone", load: null, writesPerSecond: null },
  { name: "beside a load of cold keys", load: "cold", writesPerSecond: null },
  {
    name: `the same, TRILANE_LOAD_WRITES_PER_SECOND=${CEILING}`,
    load: "cold",
    writesPerSecond: CEILING,
  },
  { name: "beside loads that the engine reduces", load: "reduced", writesPerSecond: null },
  {
    name: `the same, TRILANE_LOAD_WRITES_PER_SECOND=${CEILING}`,
    load: "reduced",
    writesPerSecond: CEILING,
  },
];

export const GROUPS: Readonly<Record<LoadKind, string>> = { cold: "departures", reduced: "routes" };
