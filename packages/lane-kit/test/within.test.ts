import { VirtualClock } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { isSettledWithin, settled, within } from "../src/within.ts";

const LIMIT_MS = 1_000;
const never = new Promise<never>(() => undefined);

describe("isSettledWithin", () => {
  it("tells an end of either kind from a time that is over", async () => {
    const clock = new VirtualClock();
    const limit = { clock, limitMs: LIMIT_MS };
    expect(await isSettledWithin(Promise.resolve(1), limit)).toBe(true);
    expect(await isSettledWithin(Promise.reject(new Error("own")), limit)).toBe(true);
    const late = isSettledWithin(never, limit);
    clock.advance(LIMIT_MS);
    expect(await late).toBe(false);
  });
});

describe("within", () => {
  it("gives the answer, or what it was rejected with", async () => {
    const limit = { clock: new VirtualClock(), limitMs: LIMIT_MS, missing: "no answer" };
    expect(await within(Promise.resolve("answer"), limit)).toBe("answer");
    await expect(within(Promise.reject(new Error("own")), limit)).rejects.toThrow("own");
  });

  it("says what is missing and after how long, and leaves what fails later to nobody", async () => {
    const clock = new VirtualClock();
    const answer = Promise.withResolvers<string>();
    const late = within(answer.promise, { clock, limitMs: LIMIT_MS, missing: "no answer" });
    clock.advance(LIMIT_MS);
    await expect(late).rejects.toThrow("no answer within 1000 ms");
    // An unhandled rejection would fail this run.
    answer.reject(new Error("too late"));
    await settled(answer.promise);
  });
});
