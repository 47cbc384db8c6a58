import { expect, test } from "vitest";
import { PayloadBudget } from "../src/payload-budget.ts";

test("no further job is taken while the payloads under way fill their bound", () => {
  const budget = new PayloadBudget({ jobsMax: 10, payloadsBytesMax: 100 });
  expect(budget.began(60)).toBe(10);
  expect(budget.began(60)).toBe(2);
  expect(budget.ended(60)).toBe(10);
});

test("a job that is larger than the bound runs alone", () => {
  const budget = new PayloadBudget({ jobsMax: 10, payloadsBytesMax: 100 });
  expect(budget.began(1_000)).toBe(1);
  expect(budget.ended(1_000)).toBe(10);
});

test("the bound of jobs holds as well", () => {
  const budget = new PayloadBudget({ jobsMax: 1, payloadsBytesMax: 100 });
  expect(budget.began(60)).toBe(1);
  expect(budget.began(60)).toBe(1);
});
