/** A flight, as the stream and the jobs carry it, and the route that it is a record of. */

export interface RouteKey {
  readonly origin: string;
  readonly destination: string;
}

export interface Flight extends RouteKey {
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
}
