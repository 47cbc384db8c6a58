/**
 * The clocks of a simulated machine beside the real time, and the elapsed time
 * that production computes from them.
 */
import { createElapsedTime } from "@trilane/write-through";
import { leaseMsBetween, waitMsBetween } from "@trilane/write-through/protocol";
import { describe, expect, it } from "vitest";
import { EventQueue } from "../../src/simulator/event-queue.ts";
import {
  type ClockTraits,
  MachineClocks,
  RATE_DIFFERENCE_MAX,
  realMs,
  RIGHT_CLOCKS,
} from "../../src/simulator/machine-clocks.ts";
import { SimulatedProcess } from "../../src/simulator/simulated-process.ts";

const EVENTS_MAX = 1_000;

function machineWith(traits: Partial<ClockTraits> = {}) {
  const queue = new EventQueue();
  const clocks = new MachineClocks(queue, { ...RIGHT_CLOCKS, isLeftAlone: false, ...traits });
  const pass = async (ms: number): Promise<void> => {
    queue.after(ms * 1_000, () => undefined);
    await queue.run(EVENTS_MAX);
  };
  return { queue, clocks, pass };
}

describe("a simulated machine's clocks", () => {
  it("run at rates that differ by two per cent between any two, and not by more", () => {
    const ratio = (1 + RATE_DIFFERENCE_MAX) / (1 - RATE_DIFFERENCE_MAX);
    expect(ratio).toBeLessThanOrEqual(1.02);
    expect(ratio).toBeGreaterThan(1.0199);
  });

  it("let the wall clock wander, and come back", async () => {
    const { queue, clocks, pass } = machineWith({ wander: 0.0099 });
    const aheadMs: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      aheadMs.push(clocks.wallMs() - realMs(queue));
      await pass(5_000);
    }
    expect(aheadMs).toEqual([0, 49, 99, 49]);
    expect(clocks.wallMs() - realMs(queue)).toBe(0);
  });

  it("stop the monotonic clock of a suspended machine, whose wall clock is right when it goes on", async () => {
    const { queue, clocks, pass } = machineWith({ rate: 1.005 });
    await pass(1_000);
    clocks.suspend(queue.nowUs + 4_000_000);
    await pass(3_000);
    expect(clocks.monotonicMs()).toBeCloseTo(1_005);
    await pass(2_000);
    expect(clocks.monotonicMs()).toBeCloseTo(2 * 1_005);
    expect(clocks.wallMs()).toBe(realMs(queue));
  });

  it("may not be set back before a machine that was suspended has read them, nor the machine be suspended before it has seen a step back", async () => {
    const { queue, clocks, pass } = machineWith();
    clocks.suspend(queue.nowUs + 1_000);
    expect(clocks.mayBeSet).toBe(false);
    await pass(10);
    expect(clocks.mayBeSet).toBe(false);
    expect(clocks.read()).toEqual(["resumed"]);
    expect(clocks.mayBeSet).toBe(true);
    clocks.step(-5_000);
    expect(clocks.maySuspend).toBe(false);
    expect(clocks.read()).toEqual(["step back"]);
    expect(clocks.maySuspend).toBe(true);
  });

  it("give production leases that end early and waits that end late, whatever happens to them", async () => {
    const { queue, clocks, pass } = machineWith({ rate: 0.9901, wander: -0.0099 });
    const clock = { nowMs: () => clocks.wallMs(), monotonicMs: () => clocks.monotonicMs() };
    const elapsed = createElapsedTime(clock);
    const start = elapsed();
    await pass(1_000);
    clocks.step(-3_600_000);
    elapsed();
    clocks.suspend(queue.nowUs + 2_000_000);
    await pass(2_500);
    elapsed();
    clocks.step(3_600_000);
    const now = elapsed();
    expect(leaseMsBetween(start.lease, now.lease)).toBeGreaterThanOrEqual(3_500 * (1 - RATE_DIFFERENCE_MAX) - 1);
    expect(waitMsBetween(start.wait, now.wait)).toBeCloseTo(1_500 * 0.9901);
  });
});

describe("a simulated process's timers", () => {
  it("run by the monotonic clock: at its rate, and not while the machine is suspended", async () => {
    const queue = new EventQueue();
    const process = new SimulatedProcess(1, queue, { ...RIGHT_CLOCKS, isLeftAlone: false, rate: 0.995 });
    const firedAtMs: number[] = [];
    process.clock.schedule(995, () => firedAtMs.push(queue.nowUs / 1_000));
    void process.background.sleep(1_990).then(() => firedAtMs.push(queue.nowUs / 1_000));
    queue.after(1_500_000, () => process.clocks.suspend(queue.nowUs + 10_000_000));
    queue.after(20_000_000, () => undefined);
    await queue.run(EVENTS_MAX);
    expect(firedAtMs.map(Math.round)).toEqual([1_000, 12_000]);
  });
});
