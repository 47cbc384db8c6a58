/** Resolvers of the processes that the tests start: slow enough to be killed meanwhile. */
import { systemClock } from "@trilane/write-through";
import type { Resolvers } from "../src/index.ts";

const SLOW_MS = 300;

export const resolvers: Resolvers = {
  async airports(key, { signal }) {
    await systemClock.sleep(SLOW_MS, signal);
    return { ...key, name: `Airport ${String(key["iata"])}` };
  },
};
