/** `kill -9` of each lane's process half-way, then a restart: the demo's report still holds. */
import { expect, it } from "vitest";
import { runDemo } from "../src/run-demo.ts";

const ROWS = 30_000;
const TIME_LIMIT_MS = 180_000;

it.each(["batch", "stream", "worker"] as const)(
  "holds when the %s process is killed half-way and started again",
  async (kill) => {
    expect(await runDemo({ rows: ROWS, kill })).toBe(0);
  },
  TIME_LIMIT_MS,
);
