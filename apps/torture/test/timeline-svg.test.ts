import { describe, expect, it } from "vitest";
import type { CausedFault } from "../src/faults/fault-log.ts";
import { pickShownFault } from "../src/timeline-svg.ts";

describe("the fault that a picture shows", () => {
  const at = (seconds: number, kind: string): CausedFault => ({ kind, atNs: seconds * 1e9 });

  it("is the failover that stands most alone, once the load is under way", () => {
    const caused = [at(4, "failover"), at(30, "FLUSHALL"), at(32, "failover"), at(60, "failover"), at(90, "FLUSHALL")];
    expect(pickShownFault(caused, 0)).toBe(caused[3]);
  });

  it("is another loss where there was no failover, and none where there was none", () => {
    const caused = [at(30, "FLUSHALL")];
    expect(pickShownFault(caused, 0)).toBe(caused[0]);
    expect(pickShownFault([], 0)).toBeUndefined();
  });
});
