import { VirtualClock } from "@trilane/write-through/testing";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { Lifecycle } from "../src/index.ts";

const silent = pino({ level: "silent" });

describe("lifecycle", () => {
  it("runs its phases in reverse, goes on after one that fails or hangs, and runs them once", async () => {
    const clock = new VirtualClock();
    const lifecycle = new Lifecycle({ logger: silent, clock });
    const order: string[] = [];
    lifecycle.onShutdown("first", { timeLimitMs: 1_000 }, async () => void order.push("first"));
    lifecycle.onShutdown("hangs", { timeLimitMs: 1_000 }, () => {
      order.push("hangs");
      setImmediate(() => clock.advance(1_000));
      return new Promise(() => undefined);
    });
    lifecycle.onShutdown("fails", { timeLimitMs: 1_000 }, async () => {
      order.push("fails");
      throw new Error("broken");
    });
    await Promise.all([lifecycle.shutdown("test"), lifecycle.shutdown("again")]);
    expect(order).toEqual(["fails", "hangs", "first"]);
    expect(lifecycle.signal.aborted).toBe(true);
    expect(lifecycle.exitCode).toBe(0);
  });

  it("gives all phases together the time of the settings", async () => {
    const clock = new VirtualClock();
    const lifecycle = new Lifecycle({ logger: silent, clock });
    lifecycle.limit(5_000);
    const startMs = clock.monotonicMs();
    const begunAtMs: number[] = [];
    for (const name of ["second", "first"]) {
      lifecycle.onShutdown(name, { timeLimitMs: 60_000 }, () => {
        begunAtMs.push(clock.monotonicMs() - startMs);
        setImmediate(() => clock.advance(5_000));
        return new Promise(() => undefined);
      });
    }
    await lifecycle.shutdown("test");
    expect(begunAtMs).toEqual([0, 5_000]);
  });
});
