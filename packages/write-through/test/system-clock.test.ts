import { describe, expect, it } from "vitest";
import { createNextId, systemClock } from "../src/index.ts";

describe("the end of the turn", () => {
  it("comes after the promises, the ticks and the other callbacks of the turn", async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        systemClock.schedule(0, () => {
          order.push("end of the turn");
          resolve();
        });
        process.nextTick(() => order.push("tick"));
        void Promise.resolve().then(() => order.push("promise"));
      });
      setImmediate(() => order.push("another callback"));
    });
    expect(order).toEqual(["tick", "promise", "another callback", "end of the turn"]);
  });

  it("does not come for what was cancelled", async () => {
    let isCalled = false;
    systemClock.schedule(0, () => (isCalled = true))();
    await new Promise<void>((resolve) => systemClock.schedule(0, resolve));
    expect(isCalled).toBe(false);
  });
});

describe("sleep", () => {
  it("ends with the reason of its signal", async () => {
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error("stop"));
    await expect(sleeping).rejects.toMatchObject({ name: "AbortError", cause: { message: "stop" } });
  });
});

describe("ids", () => {
  it("have 16 characters of base 36, and are all different", () => {
    const [nextId, other] = [createNextId(), createNextId()];
    const ids = Array.from({ length: 5_000 }, (_, index) => (index % 2 === 0 ? nextId() : other()));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{16}$/);
  });
});
