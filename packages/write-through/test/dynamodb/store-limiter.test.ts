/** The window of the store's calls, on a clock that the test moves. */
import { describe, expect, it } from "vitest";
import { StoreLimiter, type StoreLimits, storeLimitsDefaults } from "../../src/dynamodb/index.ts";
import { CoreError } from "../../src/errors.ts";
import type { CoreEvent } from "../../src/ports/events.ts";
import { VirtualClock } from "../../src/testing/index.ts";

interface Reply {
  readonly kind: "stored" | "failed";
  readonly error: CoreError;
}

const none = new CoreError("STORE_UNAVAILABLE", "none");
const stored: Reply = { kind: "stored", error: none };
const throttled: Reply = { kind: "failed", error: new CoreError("STORE_THROTTLED", "less") };
const timedOut: Reply = {
  kind: "failed",
  error: new CoreError("STORE_UNAVAILABLE", "late", { cause: Object.assign(new Error(), { name: "TimeoutError" }) }),
};
const refusedConnection: Reply = { kind: "failed", error: new CoreError("STORE_UNAVAILABLE", "refused") };

/** A store that answers calls when it is told to, in the order in which they were sent. */
function bench(limits: Partial<StoreLimits> = {}) {
  const clock = new VirtualClock();
  const events: CoreEvent[] = [];
  const sent: ((reply: Reply) => void)[] = [];
  const limiter = new StoreLimiter(
    { clock, random: () => 1, emit: (event) => void events.push(event) },
    { ...storeLimitsDefaults, ...limits },
  );
  let calls = 0;
  const call = (size = 1) => {
    return limiter.run<Reply>(size, async () => {
      calls += 1;
      return [await new Promise<Reply>((resolve) => sent.push(resolve))];
    });
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const answer = async (reply: Reply, count = sent.length) => {
    for (const resolve of sent.splice(0, count)) resolve(reply);
    await settle();
  };
  const start = (count: number) => {
    const all = Promise.all(Array.from({ length: count }, () => call())).then((replies) => replies.flat());
    return { all };
  };
  return { clock, events, limiter, call, start, sent, answer, settle, calls: () => calls };
}

describe("the window of the store's calls", () => {
  it("sends no more at once than the window allows; the others wait unsent", async () => {
    const { start, settle, sent, answer, limiter } = bench({ callsAtStart: 4 });
    const { all } = start(10);
    await settle();
    expect(sent).toHaveLength(4);
    while (sent.length > 0) await answer(stored);
    expect((await all).every(({ kind }) => kind === "stored")).toBe(true);
    expect(limiter.calls).toBe(5);
  });

  it("halves once for all calls that were sent before", async () => {
    const { start, settle, answer, limiter, events } = bench({ callsAtStart: 8 });
    start(8);
    await settle();
    await answer(throttled);
    expect(limiter.calls).toBe(4);
    expect(events).toEqual([{ type: "store-window", from: 8, calls: 4 }]);
  });

  it("grows by one call for a window of calls that were served soon, up to the maximum", async () => {
    const { start, settle, answer, limiter, sent } = bench({ callsAtStart: 2, callsMax: 4 });
    start(40);
    await settle();
    while (sent.length > 0) await answer(stored);
    expect(limiter.calls).toBe(4);
  });

  it("does not grow for calls that were served late, nor while it is not used", async () => {
    const late = bench({ callsAtStart: 2 });
    late.start(20);
    await late.settle();
    while (late.sent.length > 0) {
      late.clock.advance(storeLimitsDefaults.lateMs);
      await late.answer(stored);
    }
    expect(late.limiter.calls).toBe(2);
    const idle = bench({ callsAtStart: 2 });
    for (let index = 0; index < 20; index += 1) {
      idle.start(1);
      await idle.settle();
      await idle.answer(stored);
    }
    expect(idle.limiter.calls).toBe(2);
  });

  it("takes a timeout for an overload, a refused connection for none", async () => {
    const { start, settle, answer, limiter } = bench({ callsAtStart: 4 });
    start(1);
    await settle();
    await answer(refusedConnection);
    expect(limiter.calls).toBe(4);
    start(1);
    await settle();
    await answer(timedOut);
    expect(limiter.calls).toBe(2);
  });

  it("at the narrowest window pauses, longer each time, and refuses what waited behind the call that found out", async () => {
    const { start, settle, answer, clock, calls } = bench({ callsAtStart: 1 });
    const waiting = start(30);
    await settle();
    await answer(throttled);
    const replies = await waiting.all;
    expect(replies.map((reply) => reply.kind)).toEqual(new Array(30).fill("failed"));
    expect(calls()).toBe(1);
    for (const pauseMs of [50, 100, 200, 400, 800, 1_600, 2_000, 2_000]) {
      const before = calls();
      start(1);
      clock.advance(pauseMs - 1);
      await settle();
      expect(calls()).toBe(before);
      clock.advance(1);
      await settle();
      expect(calls()).toBe(before + 1);
      await answer(throttled);
    }
  });

  it("goes on after the pause as soon as a call is served", async () => {
    const { start, settle, answer, clock, limiter, sent } = bench({ callsAtStart: 1 });
    start(1);
    await settle();
    await answer(throttled);
    start(200);
    await settle();
    expect(sent).toHaveLength(0);
    clock.advance(50);
    await settle();
    while (sent.length > 0) await answer(stored);
    expect(limiter.calls).toBeGreaterThan(15);
  });

  /** Each call takes longer with every other call beside it. With more than ten at once none is in time. */
  it("finds a window that a slow store can serve, where a fixed one would never make progress", async () => {
    const { limiter, clock, settle, events } = bench({ callsAtStart: 32 });
    let underWay = 0;
    let isTooMuch = false;
    let served = 0;
    const left = Array.from({ length: 200 }, (_, index) => index);
    const run = async (index: number): Promise<void> => {
      const [reply] = await limiter.run<Reply>(1, async () => {
        underWay += 1;
        isTooMuch = underWay > 10 || (isTooMuch && underWay > 1);
        await clock.sleep(300 * underWay);
        const isInTime = !isTooMuch;
        underWay -= 1;
        return [isInTime ? stored : timedOut];
      });
      if (reply?.kind === "stored") served += 1;
      else left.push(index);
    };
    for (let round = 0; round < 20 && served < 200; round += 1) {
      const all = left.splice(0).map(run);
      let isOver = false;
      void Promise.all(all).then(() => {
        isOver = true;
      });
      while (!isOver) {
        await settle();
        clock.advance(100);
      }
    }
    expect(served).toBe(200);
    expect(events.some(({ type }) => type === "store-window")).toBe(true);
  });
});

describe("calls with several records", () => {
  it("begin one in a turn of the event loop, in their order; those with one record do not wait", async () => {
    const { call, calls, settle, answer } = bench({ callsAtStart: 8 });
    const all = Array.from({ length: 4 }, () => call(25));
    void call(1);
    // Everything but turns of the event loop.
    for (let tick = 0; tick < 20; tick += 1) await Promise.resolve();
    expect(calls()).toBe(2);
    const begun: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await settle();
      begun.push(calls());
    }
    expect(begun.map((count, index) => count - (begun[index - 1] ?? 2)).every((more) => more <= 1)).toBe(true);
    expect(begun.at(-1)).toBe(5);
    await answer(stored);
    expect((await Promise.all(all)).flat()).toHaveLength(4);
  });
});
