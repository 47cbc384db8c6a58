/** A server goes away half-way and comes back: the demo's report still holds. */
import { expect, it } from "vitest";
import { runDemo } from "../src/run-demo.ts";

const ROWS = 30_000;
const OUTAGE_MS = 5_000;
const TIME_LIMIT_MS = 240_000;

// That jobs outlive their queue has a test of its own, in the worker.
it.each(["store", "cache"] as const)(
  "holds when the %s is gone half-way and comes back",
  async (outage) => {
    expect(await runDemo({ rows: ROWS, outage, outageMs: OUTAGE_MS })).toBe(0);
  },
  TIME_LIMIT_MS,
);
