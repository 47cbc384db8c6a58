import { describe, expect, it } from "vitest";
import { faultSchedule, type ScheduledFault } from "../src/fault-schedule.ts";

const SECONDS = 60;
const schedule = faultSchedule(1, SECONDS);
const kindOf = ({ what }: ScheduledFault): string =>
  what.kind === "link" ? `${what.link}: ${what.fault.kind}` : what.kind;

describe("the faults of the comparison (seed 1)", () => {
  it("are the same for the same seed, and others for another", () => {
    expect(faultSchedule(1, SECONDS)).toEqual(schedule);
    expect(faultSchedule(2, SECONDS)).not.toEqual(schedule);
  });

  it("come one at a time and end before the load does", () => {
    schedule.forEach((fault, index) => {
      const next = schedule[index + 1]?.atMs ?? SECONDS * 1_000;
      expect(fault.atMs + fault.forMs).toBeLessThan(next);
    });
  });

  it("are of every kind within a minute", () => {
    const links = ["cache", "store"].flatMap((link) =>
      ["delay", "stall", "drop-replies", "cut"].map((kind) => `${link}: ${kind}`),
    );
    expect([...new Set(schedule.map(kindOf))].toSorted()).toEqual([...links, "kill", "pause"].toSorted());
  });
});
