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
});
