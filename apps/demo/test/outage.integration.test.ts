/** A server goes away half-way and comes back, and the demo's report still holds. */
import { expect, it } from "vitest";
import { runDemo } from "../src/run-demo.ts";

const ROWS = 30_000;
const OUTAGE_MS = 5_000;
const TIME_LIMIT_MS = 240_000;

// Other tests show that jobs survive the loss of their queue, and that reads and writes survive that of the cache.
it(
  "holds when the store is gone half-way and comes back",
  async () => {
    expect(await runDemo({ rows: ROWS, outage: "store", outageMs: OUTAGE_MS })).toBe(0);
  },
  TIME_LIMIT_MS,
);
