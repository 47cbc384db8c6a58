import { seededRandom } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { pickId } from "../../src/workload/keys.ts";
import { MARKER_SHAPE, Persons } from "../../src/workload/persons.ts";
import { fieldsOf, SentRecords } from "../../src/workload/sent-records.ts";

describe("what was sent", () => {
  it("knows the newest of each key, deletes among them, whatever is sent late or again", () => {
    const sent = new SentRecords({ persons: new Persons(1), nowMs: () => 1_000_000_000 });
    sent.next("a");
    sent.keepBack("b");
    const deleted = sent.next("a", "delete");
    const [late] = sent.takeLate(seededRandom(1), 5);
    expect(late).toMatchObject({ id: "b", n: 1 });
    expect(sent.newest.get("a")).toBe(deleted);
    expect(sent.all).toContain(sent.again(seededRandom(2)));
    expect(sent.takeLate(seededRandom(1), 5)).toEqual([]);
    expect(() => fieldsOf(deleted)).toThrow(TypeError);
    expect(sent.ofKey("a").at(-1)).toBe(deleted);
  });

  it("holds the marker of its person, and gives keys to other persons now and then", () => {
    const persons = new Persons(1);
    const sent = new SentRecords({ persons });
    const records = Array.from({ length: 40 }, () => sent.next("s5"));
    for (const record of records) {
      const { owner, pad } = fieldsOf(record);
      expect([owner, pad.split(" ")[0]]).toEqual([record.owner?.name, record.owner?.marker]);
      expect(`${owner} ${pad}`.match(MARKER_SHAPE)).toHaveLength(2);
    }
    expect(new Set(records.map(({ owner }) => owner?.name)).size).toBeGreaterThan(2);
    expect(records.some(({ lifeMs }) => lifeMs !== null)).toBe(true);
    const names = (seed: number): readonly string[] => new Persons(seed).all.map(({ name }) => name);
    expect(names(1)).toEqual(names(1));
    expect(names(2)).not.toContain(names(1)[0]);
  });

  it("is mostly of a few hot keys", () => {
    const random = seededRandom(5);
    const ids = Array.from({ length: 1_000 }, () => pickId(random, { keys: 1_000, hotKeys: 2, hotShare: 0.5 }));
    expect(ids.filter((id) => id === "s0" || id === "s1").length).toBeGreaterThan(400);
    expect(new Set(ids).size).toBeGreaterThan(300);
  });
});
