import { describe, expect, it } from "vitest";
import { comparisonChart } from "../src/comparison-chart.ts";
import type { RunFigures } from "../src/run-approach.ts";

const figures = (wrongReads: number): RunFigures => ({
  approach: "a & b",
  condition: "calm",
  reads: 1_000,
  wrongReads,
  wrongPerMillion: wrongReads * 1_000,
  writes: 10,
  failedReads: 0,
  evictions: 0,
  fired: 0,
});

describe("the chart of the comparison", () => {
  it("draws a bar for what is not zero, and zero as 0 without a bar", () => {
    const compared = { approach: "a & b", calm: figures(0), faulty: figures(2), failover: figures(3) };
    const chart = comparisonChart([compared], "machine");
    expect(chart).toContain(">0</text>");
    expect(chart).toContain("of 1,000 reads");
    expect(chart).toContain(">2,000</text>");
    expect(chart).toContain(">3,000</text>");
    // The other three belong to the legend.
    expect(chart.match(/<rect/g)).toHaveLength(5);
  });

  it("escapes names", () => {
    const compared = { approach: "a & b", calm: figures(1), faulty: figures(1), failover: figures(1) };
    const chart = comparisonChart([compared], "<machine>");
    expect(chart).toContain("a &amp; b");
    expect(chart).not.toContain("<machine>");
  });
});
