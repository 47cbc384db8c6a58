/** A server goes away half-way and comes back, and the demo's report still holds. */
import { expect, it } from "vitest";
import { runDemo } from "../src/run-demo.ts";

const ROWS = 30_000;
const OUTAGE_MS = 5_000;
const TIME_LIMIT_MS = 240_000;

// Another test, in the worker, shows that jobs survive the loss of their queue.
it.each(["store", "cache"] as const)(
  "holds when the %s is gone half-way and comes back",
  async (outage) => {
    expect(await runDemo({ rows: ROWS, outage, outageMs: OUTAGE_MS })).toBe(0);
  },
  TIME_LIMIT_MS,
);
