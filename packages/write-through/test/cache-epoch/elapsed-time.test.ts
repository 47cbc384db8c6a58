/**
 * Compares the two kinds of elapsed time with the time that has really passed,
 * on clocks that behave as real clocks do.
 */
import { describe, expect, it } from "vitest";
import { leaseMsBetween, type Now, waitMsBetween } from "../../src/protocol/index.ts";
import { createElapsedTime } from "../../src/cache-epoch/elapsed-time.ts";

const ORIGIN_MS = Date.UTC(2026, 0, 1);

/** A machine: real time passes, and its two clocks show something else. */
class Machine {
  realMs = 0;
  #monotonicMs = 0;
  #wallMs = 0;

  /** Both clocks run; the wall clock runs at `wallRate` of the real time. */
  pass(ms: number, wallRate = 1): void {
    this.realMs += ms;
    this.#monotonicMs += ms;
    this.#wallMs += ms * wallRate;
  }

  /** The monotonic clock stands still, and the wall clock is right afterwards. */
  suspend(ms: number): void {
    this.realMs += ms;
    this.#wallMs += ms;
  }

  /** Somebody sets the wall clock. */
  step(ms: number): void {
    this.#wallMs += ms;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** In whole milliseconds, as `Date.now` is. */
  nowMs(): number {
    return ORIGIN_MS + Math.floor(this.#wallMs);
  }
}

function begin() {
  const machine = new Machine();
  const elapsed = createElapsedTime(machine);
  const start = elapsed();
  return {
    machine,
    elapsed,
    leaseMs: (now: Now = elapsed()) => leaseMsBetween(start.lease, now.lease),
    waitMs: (now: Now = elapsed()) => waitMsBetween(start.wait, now.wait),
  };
}

describe("elapsed time", () => {
  it("is the real time where nobody sets a clock", () => {
    const { machine, leaseMs, waitMs } = begin();
    machine.pass(1_234.5);
    expect(waitMs()).toBe(1_234.5);
    expect(leaseMs()).toBe(1_234.5);
  });

  it("of a wait does not pass by a step of the wall clock; that of a lease does", () => {
    const { machine, leaseMs, waitMs } = begin();
    machine.pass(100);
    machine.step(5_000);
    expect(waitMs()).toBe(100);
    expect(leaseMs()).toBeGreaterThanOrEqual(5_099);
    expect(leaseMs()).toBeLessThanOrEqual(5_101);
  });

  it("goes on after a step forward and back again", () => {
    const { machine, elapsed, leaseMs, waitMs } = begin();
    machine.pass(10_000);
    machine.step(3_600_000);
    elapsed();
    machine.step(-3_600_000);
    const before = { lease: leaseMs(), wait: waitMs() };
    machine.pass(600_000);
    expect(leaseMs() - before.lease).toBe(600_000);
    expect(waitMs() - before.wait).toBe(600_000);
  });

  it("of a lease passes while the machine is suspended, also after the wall clock was set back", () => {
    const { machine, leaseMs, waitMs } = begin();
    machine.step(-7_200_000);
    machine.pass(1);
    expect(leaseMs()).toBe(1);
    machine.suspend(60_000);
    expect(leaseMs()).toBeGreaterThanOrEqual(60_000);
    expect(waitMs()).toBe(1);
  });

  it("of a lease is never less than real by more than the smallest jump, whatever the steps", () => {
    const { machine, elapsed, leaseMs } = begin();
    for (const stepMs of [4, -4, 3, 900, -2_000, 4, 86_400_000, -86_400_000, 4]) {
      machine.suspend(2);
      machine.step(stepMs);
      machine.pass(10);
      elapsed();
      expect(leaseMs()).toBeGreaterThanOrEqual(machine.realMs - 18);
    }
  });

  it("counts a machine that is suspended in small pieces", () => {
    const { machine, elapsed, leaseMs } = begin();
    for (let piece = 0; piece < 1_000; piece += 1) {
      machine.suspend(3);
      machine.pass(1);
      elapsed();
    }
    expect(leaseMs()).toBeGreaterThanOrEqual(machine.realMs - 6);
  });

  it.each([
    ["as fast", 1],
    ["two per cent fast", 1.02],
    ["two per cent slow", 0.98],
  ])("at a million calls a second stays with a wall clock that runs %s", (_, wallRate) => {
    const { machine, elapsed, leaseMs, waitMs } = begin();
    const seconds = 2;
    for (let call = 0; call < seconds * 1_000_000; call += 1) {
      machine.pass(0.001, wallRate);
      elapsed();
    }
    expect(Math.abs(waitMs() - machine.realMs)).toBeLessThan(0.01);
    const fastestMs = machine.realMs * Math.max(1, wallRate);
    expect(leaseMs()).toBeGreaterThanOrEqual(fastestMs - 6);
    expect(leaseMs()).toBeLessThanOrEqual(fastestMs + 1);
  });

  it("is not misled by a process that stands still between its two readings", () => {
    const machine = new Machine();
    let stallMs = 0;
    const stalling = {
      monotonicMs: () => machine.monotonicMs(),
      nowMs: () => {
        const wallMs = machine.nowMs();
        machine.pass(stallMs);
        return wallMs;
      },
    };
    const elapsed = createElapsedTime(stalling);
    const start = elapsed();
    for (const ms of [40, 0, 700, 0, 25, 0]) {
      stallMs = ms;
      elapsed();
    }
    stallMs = 0;
    expect(leaseMsBetween(start.lease, elapsed().lease)).toBe(765);
  });
});
