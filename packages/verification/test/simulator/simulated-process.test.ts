import { describe, expect, it } from "vitest";
import { EventQueue } from "../../src/simulator/event-queue.ts";
import { RIGHT_CLOCKS } from "../../src/simulator/machine-clocks.ts";
import { SimulatedProcess } from "../../src/simulator/simulated-process.ts";

function processWith(seesTimersFirst = false) {
  const queue = new EventQueue();
  const process = new SimulatedProcess(1, queue, { ...RIGHT_CLOCKS, skewMs: 250 });
  process.seesTimersFirst = seesTimersFirst;
  const seen: string[] = [];
  return { queue, process, seen };
}

describe("a simulated process", () => {
  it("gets while it is paused nothing, and all of it when it goes on", () => {
    for (const seesTimersFirst of [false, true]) {
      const { process, seen } = processWith(seesTimersFirst);
      process.pause();
      process.deliver("reply", () => seen.push("reply"));
      process.deliver("timer", () => seen.push("timer"));
      expect(seen).toEqual([]);
      expect(process.resume()).toBe(2);
      expect(seen).toEqual(seesTimersFirst ? ["timer", "reply"] : ["reply", "timer"]);
    }
  });

  it("gets nothing any more once it is dead, whether it was paused before or not", async () => {
    const { queue, process, seen } = processWith();
    void process.clock.sleep(5).then(() => seen.push("slept"));
    process.clock.schedule(0, () => seen.push("turn's end"));
    process.pause();
    process.deliver("reply", () => seen.push("reply"));
    process.kill();
    expect(process.resume()).toBe(0);
    await queue.run(100);
    expect(seen).toEqual([]);
  });

  it("has a clock of virtual time, as far ahead as it is told", async () => {
    const { queue, process, seen } = processWith();
    const startMs = process.clock.nowMs();
    void process.clock.sleep(1_500).then(() => seen.push(`${process.clock.nowMs() - startMs} ms later`));
    const cancel = process.clock.schedule(10, () => seen.push("cancelled"));
    cancel();
    await queue.run(100);
    expect(seen).toEqual(["1500 ms later"]);
    expect(startMs).toBe(Date.UTC(2026, 0, 1) + 250);
  });

  it("ends a sleep at once when its signal fires", async () => {
    const { queue, process, seen } = processWith();
    const controller = new AbortController();
    process.clock.sleep(1_000, controller.signal).catch(() => seen.push(`aborted at ${queue.nowUs / 1_000} ms`));
    queue.after(3_000, () => controller.abort());
    await queue.run(100);
    expect(seen).toEqual(["aborted at 3 ms"]);
    await expect(process.clock.sleep(1, controller.signal)).rejects.toThrow("aborted");
  });
});
