import { expect, test } from "vitest";
import { PartitionLines } from "../src/partition-lines.ts";

const PARTITION = { topic: "flights", partition: 0 };

test("slices of a partition are settled in order, whichever is written first", async () => {
  const lines = new PartitionLines();
  const settled: string[] = [];
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  for (const [name, written] of [
    ["first", first.promise],
    ["second", second.promise],
  ] as const) {
    lines.add(PARTITION, async (_, before) => {
      await written;
      await before;
      settled.push(name);
    });
  }
  second.resolve();
  await Promise.resolve();
  expect(settled).toEqual([]);
  first.resolve();
  await lines.idle();
  expect(settled).toEqual(["first", "second"]);
});

test("a line that is closed stays closed, and the next one begins behind it", async () => {
  const lines = new PartitionLines();
  const written = Promise.withResolvers<void>();
  const seen: boolean[] = [];
  lines.add(PARTITION, async (line) => {
    await written.promise;
    seen.push(line.isOpen);
  });
  lines.close(PARTITION);
  lines.add(PARTITION, async (line, before) => {
    await before;
    seen.push(line.isOpen);
  });
  written.resolve();
  await lines.idle();
  expect(seen).toEqual([false, true]);
});
