import { expect, it } from "vitest";
import { FaultLog } from "../../src/faults/fault-log.ts";

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
