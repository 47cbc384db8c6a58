import { describe, expect, test } from "vitest";
import { Gathering } from "../../src/read/gathering.ts";
import type { ReadResult } from "../../src/read/read-result.ts";
import { NO_VERSION } from "../../src/protocol/version.ts";

const absent: ReadResult = { kind: "absent", version: NO_VERSION, source: "cache" };
const stored: ReadResult = { kind: "absent", version: NO_VERSION, source: "store" };

describe("Gathering", () => {
  test("has each key once, and gives each read the results of its own keys, in its order", async () => {
    const gathering = new Gathering(10);
    const { end, results } = gathering.addSome(["a", "b", "a"], 0);
    const one = new Promise<ReadResult>((resolve) => gathering.addOne("b", resolve));

    expect(end).toBe(3);
    expect(gathering.keys).toEqual(["a", "b"]);
    gathering.answer([absent, stored]);
    expect(await results).toEqual([absent, stored, absent]);
    expect(await one).toBe(stored);
  });

  test("takes no more keys than fit, and says where the others begin", async () => {
    const gathering = new Gathering(2);
    const { end, results } = gathering.addSome(["x", "a", "b", "c"], 1);

    expect([end, gathering.isFull, gathering.keys]).toEqual([3, true, ["a", "b"]]);
    gathering.answer([absent, stored]);
    expect(await results).toEqual([absent, stored]);
  });

  test("refuses a batch with fewer results than keys", () => {
    const gathering = new Gathering(2);
    gathering.addOne("a", () => undefined);

    expect(() => gathering.answer([])).toThrow(RangeError);
  });
});
