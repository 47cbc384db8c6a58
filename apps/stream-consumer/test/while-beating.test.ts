import { systemClock } from "@trilane/write-through";
import { describe, expect, test } from "vitest";
import { whileBeating } from "../src/while-beating.ts";

describe("work with heartbeats", () => {
  test("ends early, and rejects with the heartbeat's error, when the partition is lost", async () => {
    const lost = new Error("rebalanced");
    const work = Promise.withResolvers<string>();
    let beats = 0;
    const outcome = whileBeating(work.promise, {
      clock: systemClock,
      intervalMs: 1,
      heartbeat: async () => {
        beats += 1;
        if (beats === 3) throw lost;
      },
      abort: () => work.resolve("aborted"),
    });
    await expect(outcome).rejects.toBe(lost);
    expect(beats).toBe(3);
  });

  test("gives the work's outcome and needs no heartbeat for what is quick", async () => {
    const heartbeat = async (): Promise<void> => Promise.reject(new Error("not needed"));
    const beating = { clock: systemClock, intervalMs: 60_000, heartbeat, abort: () => undefined };
    await expect(whileBeating(Promise.resolve(1), beating)).resolves.toBe(1);
    await expect(whileBeating(Promise.reject(new Error("own")), beating)).rejects.toThrow("own");
  });
});
