import { Metrics } from "@trilane/lane-kit";
import type { Receipt } from "@trilane/write-through";
import { expect, test } from "vitest";
import { ConsumeCounts, type CountedSlice } from "../src/report.ts";
import type { PartitionId } from "../src/stream-source.ts";

const PARTITION = { topic: "flights", partition: 0 };
const duplicates = (count: number): Receipt[] =>
  Array.from({ length: count }, () => ({ status: "duplicate" }) as Receipt);
const add = (counts: ConsumeCounts, partition: PartitionId, records: CountedSlice["records"], generation = 0): void =>
  counts.add({ partition, generation, records, receipts: duplicates(records.length) });
const at = (from: bigint, count: number) =>
  Array.from({ length: count }, (_, index) => ({ offset: from + BigInt(index) }));

test("a record that is delivered again, because its partition came back, counts once", () => {
  const counts = new ConsumeCounts(new Metrics());
  add(counts, PARTITION, at(10n, 5));
  add(counts, PARTITION, at(10n, 5));
  add(counts, PARTITION, at(13n, 5));
  expect(counts.report(0)).toMatchObject({ consumed: 8, receipts: { duplicate: 8 } });
});

test("partitions count for themselves, and a topic that is made again counts anew", () => {
  const counts = new ConsumeCounts(new Metrics());
  add(counts, PARTITION, at(0n, 3));
  add(counts, { ...PARTITION, partition: 1 }, at(0n, 3));
  counts.forget(PARTITION);
  // A slice of the topic before is handled to its end.
  add(counts, PARTITION, at(3n, 2));
  add(counts, PARTITION, at(0n, 2), counts.generationOf(PARTITION));
  expect(counts.report(0)).toMatchObject({ consumed: 10 });
});
