/**
 * The resolvers of the demo's worker, which give a refresh the current record
 * of a route. Here a file stands for the service that a real resolver would
 * ask.
 */
import { readFileSync } from "node:fs";
import type { Resolvers } from "@trilane/job-worker";
import type { Flight } from "./flight.ts";
import { refreshFile } from "./demo-environment.ts";

const flights = new Map(
  (JSON.parse(readFileSync(refreshFile(), "utf8")) as Flight[]).map((flight) => [
    `${flight.origin}-${flight.destination}`,
    flight,
  ]),
);

export const resolvers: Resolvers = {
  routes: async (key) => ({ ...(flights.get(`${String(key["origin"])}-${String(key["destination"])}`) ?? null) }),
};
