import { Metrics } from "@trilane/lane-kit";
import type { Receipt } from "@trilane/write-through";
import { expect, test } from "vitest";
import { ConsumeCounts } from "../src/report.ts";

const PARTITION = { topic: "flights", partition: 0 };
const duplicates = (count: number): Receipt[] =>
  Array.from({ length: count }, () => ({ status: "duplicate" }) as Receipt);
const at = (from: bigint, count: number) =>
  Array.from({ length: count }, (_, index) => ({ offset: from + BigInt(index) }));

test("a record that is delivered again, because its partition came back, counts once", () => {
  const counts = new ConsumeCounts(new Metrics());
  counts.add(PARTITION, at(10n, 5), duplicates(5));
  counts.add(PARTITION, at(10n, 5), duplicates(5));
  counts.add(PARTITION, at(13n, 5), duplicates(5));
  expect(counts.report(0)).toMatchObject({ consumed: 8, receipts: { duplicate: 8 } });
});

test("partitions count for themselves, and a topic that is made again counts anew", () => {
  const counts = new ConsumeCounts(new Metrics());
  counts.add(PARTITION, at(0n, 3), duplicates(3));
  counts.add({ ...PARTITION, partition: 1 }, at(0n, 3), duplicates(3));
  counts.forget(PARTITION);
  counts.add(PARTITION, at(0n, 2), duplicates(2));
  expect(counts.report(0)).toMatchObject({ consumed: 8 });
});
