import { describe, expect, it } from "vitest";
import { mapInTurns } from "../src/map-in-turns.ts";

/** Each look at this clock takes four milliseconds. */
function slowClock(): () => number {
  let nowMs = 0;
  return () => (nowMs += 4);
}

describe("a map in turns", () => {
  it("gives the results in order", async () => {
    const results = await mapInTurns(["a", "b", "c"], (item, index) => `${item}${index}`, slowClock());
    expect(results).toEqual(["a0", "b1", "c2"]);
  });

  it("lets others have their turn in the middle", async () => {
    const order: string[] = [];
    const other = new Promise<void>((resolve) => {
      setImmediate(() => {
        order.push("other");
        resolve();
      });
    });
    await mapInTurns([1, 2, 3, 4, 5, 6], (item) => order.push(String(item)), slowClock());
    await other;
    expect(order).toEqual(["1", "2", "other", "3", "4", "5", "6"]);
  });

  it("keeps its turn while that is short", async () => {
    const order: string[] = [];
    setImmediate(() => order.push("other"));
    await mapInTurns(
      [1, 2, 3],
      (item) => order.push(String(item)),
      () => 0,
    );
    expect(order).toEqual(["1", "2", "3"]);
  });

  it("rejects with what the map throws", async () => {
    const refuse = (): never => {
      throw new RangeError("no");
    };
    await expect(mapInTurns([1], refuse)).rejects.toThrow("no");
  });
});
