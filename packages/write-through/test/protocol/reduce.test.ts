import { versionOf } from "@trilane/write-through/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { reduceByKey } from "../../src/protocol/index.ts";

const record = fc.record({ key: fc.constantFrom("a", "b", "c"), n: fc.nat({ max: 5 }) });

it("keeps of each key the highest version, in the order in which keys first appear", () => {
  const records = [
    { key: "b", version: versionOf(1) },
    { key: "a", version: versionOf(2) },
    { key: "b", version: versionOf(3) },
    { key: "a", version: versionOf(1) },
  ];
  const { winners, winnerOf } = reduceByKey(records);
  expect(winners).toEqual([records[2], records[1]]);
  expect([...winnerOf]).toEqual([0, 1, 0, 1]);
});

it("lets the first of equal versions stand for all", () => {
  const records = [1, 2].map((place) => ({ key: "a", version: versionOf(1), place }));
  expect(reduceByKey(records).winners).toEqual([records[0]]);
});

it("gives each record a winner of its own key that is at least as high", () => {
  fc.assert(
    fc.property(fc.array(record), (made) => {
      const records = made.map(({ key, n }) => ({ key, version: versionOf(n) }));
      const { winners, winnerOf } = reduceByKey(records);
      expect(new Set(winners.map(({ key }) => key)).size).toBe(winners.length);
      records.forEach(({ key, version }, index) => {
        const winner = winners[winnerOf[index] ?? -1];
        expect(winner?.key).toBe(key);
        expect(winner !== undefined && winner.version >= version).toBe(true);
      });
    }),
  );
});
