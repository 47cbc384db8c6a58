import { VirtualClock } from "@trilane/write-through/testing";
import { describe, expect, test } from "vitest";
import { Drain } from "../../src/load/drain.ts";

const DRAIN_MS = 1_000;

describe("Drain", () => {
  test("fires some time after the load's own signal, and not before", () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const drain = new Drain({ clock, drainMs: DRAIN_MS, signal: stop.signal });
    clock.advance(10 * DRAIN_MS);
    stop.abort();
    clock.advance(DRAIN_MS - 1);
    expect(drain.signal.aborted).toBe(false);
    clock.advance(1);
    expect(drain.signal.reason).toMatchObject({ message: "the unit was not done 1000 ms after the interruption" });
  });

  test("counts from the start where the signal had fired before, and never fires once it is closed", () => {
    const clock = new VirtualClock();
    const drain = new Drain({ clock, drainMs: DRAIN_MS, signal: AbortSignal.abort() });
    const closed = new Drain({ clock, drainMs: DRAIN_MS, signal: AbortSignal.abort() });
    closed.close();
    clock.advance(DRAIN_MS);
    expect([drain.signal.aborted, closed.signal.aborted]).toEqual([true, false]);
  });
});
