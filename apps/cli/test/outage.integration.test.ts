/** A server goes away half-way and comes back: the main job's report still holds. */
import { expect, it } from "vitest";
import { runDemo } from "../src/demo/run-demo.ts";

const ROWS = 60_000;
const OUTAGE_MS = 8_000;
const TIME_LIMIT_MS = 240_000;

it.each(["store", "cache", "queue"] as const)(
  "holds when the %s is gone half-way and comes back",
  async (outage) => {
    expect(await runDemo({ rows: ROWS, outage, outageMs: OUTAGE_MS })).toBe(0);
  },
  TIME_LIMIT_MS,
);
