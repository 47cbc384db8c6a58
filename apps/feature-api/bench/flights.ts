/** The records of the benchmark: one flight for each of a thousand routes. */

export const FLIGHTS = 1_000;

export interface Flight {
  readonly origin: string;
  readonly destination: string;
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
}

export function flightAt(index: number): Flight {
  const at = index % FLIGHTS;
  return {
    origin: `A${String(at % 40).padStart(2, "0")}`,
    destination: `B${String(Math.floor(at / 40)).padStart(2, "0")}`,
    date: "2001-05-31T23:58:00Z",
    delay: at % 200,
    distance: 100 + at,
  };
}

/** The name under which the hand-written server finds a flight. */
export function rawKeyOf({ origin, destination }: Pick<Flight, "origin" | "destination">): string {
  return `bench-http:${origin}:${destination}`;
}
