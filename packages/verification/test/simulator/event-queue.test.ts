import { describe, expect, it } from "vitest";
import { EventQueue } from "../../src/simulator/event-queue.ts";

const EVENTS_MAX = 1_000;

describe("the event queue", () => {
  it("runs events by their time, and those of one time in the order of their scheduling", async () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(`${name} at ${queue.nowUs}`);
    queue.at(20, note("c"));
    queue.at(10, note("a"));
    queue.at(20, note("d"));
    queue.after(15, note("b"));
    expect(await queue.run(EVENTS_MAX)).toBe(true);
    expect(seen).toEqual(["a at 10", "b at 15", "c at 20", "d at 20"]);
  });

  it("lets every promise of an event settle, however many hang on it, before the next event", async () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    queue.at(1, () => {
      void (async () => {
        for (let step = 0; step < 100; step++) await Promise.resolve();
        seen.push("promises");
      })();
    });
    queue.at(1, () => void seen.push("event"));
    await queue.run(EVENTS_MAX);
    expect(seen).toEqual(["promises", "event"]);
  });

  it("ends a turn before time moves, and the turns that this begins", async () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    queue.at(1, () => {
      queue.atTurnEnd(() => {
        seen.push(`turn's end at ${queue.nowUs}`);
        queue.atTurnEnd(() => seen.push(`another at ${queue.nowUs}`));
      });
      void Promise.resolve().then(() => seen.push("promise"));
    });
    queue.at(2, () => void seen.push("event"));
    await queue.run(EVENTS_MAX);
    expect(seen).toEqual(["promise", "turn's end at 1", "another at 1", "event"]);
  });

  it("does not let time stop for what is cancelled", async () => {
    const queue = new EventQueue();
    const cancel = queue.at(5_000, () => undefined);
    queue.at(10, () => cancel());
    await queue.run(EVENTS_MAX);
    expect(queue.nowUs).toBe(10);
    expect(queue.ran).toBe(1);
  });

  it("says when the events do not end", async () => {
    const queue = new EventQueue();
    const again = (): void => void queue.after(1, again);
    again();
    expect(await queue.run(50)).toBe(false);
  });
});
