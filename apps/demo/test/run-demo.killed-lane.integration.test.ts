/**
 * A lane's process is killed (`kill -9`) half-way and started again, and the
 * demo's report still holds. `npm test` kills the batch lane's by the command.
 */
import { expect, it } from "vitest";
import { runDemo } from "../src/run-demo.ts";

const ROWS = 30_000;
const TIME_LIMIT_MS = 180_000;

it.each(["stream", "worker"] as const)(
  "holds when the %s process is killed half-way and started again",
  async (kill) => {
    expect(await runDemo({ rows: ROWS, kill })).toBe(0);
  },
  TIME_LIMIT_MS,
);
