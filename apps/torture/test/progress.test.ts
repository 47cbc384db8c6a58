import { describe, expect, it } from "vitest";
import { Progress } from "../src/progress.ts";
import { FaultLog } from "../src/faults/fault-log.ts";

it("counts faults with and without an effect, and names those that never came", () => {
  const lines: string[] = [];
  const log = new FaultLog((line) => lines.push(line));
  log.expect(["cut", "delay"]);
  log.record("cut", "reader and cache", 3);
  log.record("cut", "reader and cache", 0);
  expect(Object.fromEntries(log.counts)).toEqual({
    cut: { caused: 2, effects: 3 },
    delay: { caused: 0, effects: 0 },
  });
  expect(lines).toHaveLength(2);
});

describe("progress after the faults", () => {
  it("names what is unfinished when nothing moves, and nothing as soon as the work is done", async () => {
    const progress = new Progress();
    void progress.of("the jobs", new Promise(() => undefined));
    await progress.of("the load", Promise.resolve());
    expect(await progress.stuck(new Promise(() => undefined), 0)).toEqual(["the jobs"]);
    expect(await progress.stuck(Promise.resolve(), Number.POSITIVE_INFINITY)).toEqual([]);
  });
});
