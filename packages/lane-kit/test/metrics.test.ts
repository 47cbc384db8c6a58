import { describe, expect, it } from "vitest";
import { Metrics } from "../src/index.ts";

describe("Metrics", () => {
  it("gives the counter and the gauge of a name again, since a process may run a lane several times", async () => {
    const metrics = new Metrics();
    metrics.counter("own_total", "Of this test", ["outcome"]).inc({ outcome: "good" });
    metrics.counter("own_total", "Of this test", ["outcome"]).inc({ outcome: "good" }, 2);
    metrics.gauge("own", "Of this test").set(5);
    metrics.gauge("own", "Of this test").inc();
    const text = await metrics.registry.metrics();
    expect(text).toContain('own_total{outcome="good"} 3');
    expect(text).toContain("own 6");
  });

  it("refuses a name that stands for something else", () => {
    const metrics = new Metrics();
    metrics.counter("own_total", "Of this test");
    expect(() => metrics.gauge("own_total", "Of this test")).toThrow("own_total");
  });

  it("counts receipts by lane and status", async () => {
    const metrics = new Metrics();
    metrics.countReceipts("batch", [{ status: "dead", reason: "r", detail: "d" }]);
    expect(await metrics.registry.metrics()).toContain('trilane_receipts_total{lane="batch",status="dead"} 1');
  });
});
