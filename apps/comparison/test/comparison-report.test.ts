import { describe, expect, it } from "vitest";
import { comparisonTable } from "../src/comparison-report.ts";
import type { Condition } from "../src/condition.ts";
import type { RunFigures } from "../src/run-approach.ts";

const figures = (condition: Condition, wrongReads: number): RunFigures => ({
  approach: "a",
  condition,
  reads: 1_000,
  wrongReads,
  wrongPerMillion: wrongReads * 1_000,
  writes: 10,
  failedReads: 0,
  evictions: condition === "failovers" ? null : 5,
  fired: 4,
});

describe("the table of the comparison", () => {
  it("has a row with the wrong reads of the three conditions, in their order", () => {
    const compared = {
      approach: "a",
      calm: figures("calm", 1),
      faulty: figures("faults", 2),
      failover: figures("failovers", 3),
    };
    const cells =
      comparisonTable([compared])
        .split("\n")[2]
        ?.split("|")
        .map((cell) => cell.trim()) ?? [];
    const wrong = ["1,000", "1 / 1,000", "2,000", "2 / 1,000", "3,000", "3 / 1,000"];
    expect(cells.slice(1, -1)).toEqual(["a", ...wrong, "4", "10; 10; 10", "0; 0; 0", "5; 5; –"]);
  });
});
