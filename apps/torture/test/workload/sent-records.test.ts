import { seededRandom } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { pickId } from "../../src/workload/keys.ts";
import { fieldsOf, SentRecords } from "../../src/workload/sent-records.ts";

describe("what was sent", () => {
  it("knows the newest of each key, deletes among them, whatever is sent late or again", () => {
    const sent = new SentRecords(1_000_000_000);
    sent.next("a");
    sent.keepBack("b");
    const deleted = sent.next("a", "delete");
    const [late] = sent.takeLate(seededRandom(1), 5);
    expect(late).toMatchObject({ id: "b", n: 1 });
    expect(sent.newest.get("a")).toBe(deleted);
    expect(sent.all).toContain(sent.again(seededRandom(2)));
    expect(sent.takeLate(seededRandom(1), 5)).toEqual([]);
    expect(() => fieldsOf(deleted)).toThrow(TypeError);
  });

  it("is mostly of a few hot keys", () => {
    const random = seededRandom(5);
    const ids = Array.from({ length: 1_000 }, () => pickId(random, { keys: 1_000, hotKeys: 2, hotShare: 0.5 }));
    expect(ids.filter((id) => id === "s0" || id === "s1").length).toBeGreaterThan(400);
    expect(new Set(ids).size).toBeGreaterThan(300);
  });
});
