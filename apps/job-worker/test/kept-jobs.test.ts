import { expect, test } from "vitest";
import { beyondBudget } from "../src/kept-jobs.ts";
import { budgetsFor } from "../src/retention-budgets.ts";

const MIB = 1_048_576;
const job = (bytes: number, sinceMs = 0) => ({ id: "1", bytes, dataBytes: 0, sinceMs });

test("of jobs, newest first, those are beyond a budget that it has no bytes, no number or no time for", () => {
  const isBeyond = beyondBudget({ bytesMax: 100, jobsMax: 9, ageMsMax: 50 }, 100);
  expect([job(40, 90), job(60, 60), job(1, 60)].map(isBeyond)).toEqual([false, false, true]);
  expect(beyondBudget({ bytesMax: 100, jobsMax: 9, ageMsMax: 50 }, 100)(job(1, 49))).toBe(true);
  const few = beyondBudget({ bytesMax: 100, jobsMax: 1, ageMsMax: 50 }, 0);
  expect([job(1), job(1)].map(few)).toEqual([false, true]);
});

test("all budgets together leave more than half of a server's memory to jobs that wait", () => {
  for (const maxBytes of [16 * MIB, 60 * MIB, 1_024 * MIB, null]) {
    const { completed, failed, dead, eventsBytesMax } = budgetsFor(maxBytes);
    const bytes = completed.bytesMax + failed.bytesMax + dead.bytesMax + eventsBytesMax;
    expect(bytes).toBeLessThan((maxBytes ?? 1_024 * MIB) / 2);
  }
});
