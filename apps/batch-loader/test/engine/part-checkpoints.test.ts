import { noReceipts } from "@trilane/write-through";
import { expect, test } from "vitest";
import { keepReductionRecord, PartCheckpoints, readReductionRecord } from "../../src/engine/part-checkpoints.ts";
import { beginLoad, type Checkpoints } from "../../src/load/checkpoints.ts";
import { MemoryCheckpointStore } from "../load/memory-checkpoint-store.ts";

async function begun(): Promise<Checkpoints> {
  const begin = await beginLoad(new MemoryCheckpointStore(() => 0), { loadId: "a", planId: "p", group: "g" });
  if (begin.kind === "done") throw new TypeError("a new load is done");
  return begin.checkpoints;
}

test("the time and the number of parts of the first attempt stand for all", async () => {
  const store = await begun();
  expect(await readReductionRecord(store)).toBeNull();
  expect(await keepReductionRecord(store, { nowMs: 5, parts: 2 })).toEqual({ nowMs: 5, parts: 2 });
  expect(await keepReductionRecord(store, { nowMs: 9, parts: 7 })).toEqual({ nowMs: 5, parts: 2 });
  expect(await readReductionRecord(store)).toEqual({ nowMs: 5, parts: 2 });
});

test("a unit is done when every part has it, in whatever rounds", async () => {
  const store = await begun();
  const record = { nowMs: 0, parts: 1 };
  const written = (part: number, units: readonly number[], applied: number) => {
    const counts = { ...noReceipts(), applied, superseded: 1 };
    return { part, units, counts, byObject: new Map([[7, { ...noReceipts(), applied }]]) };
  };
  const first = await PartCheckpoints.read(store, record);
  expect(first.nextId(0)).toBe("part-00000-000");
  await first.finish(written(0, [0, 1], 10));
  expect([first.isCovered(0, 1), first.isDone(1), first.nextId(0)]).toEqual([true, false, "part-00000-001"]);
  const second = await PartCheckpoints.read(store, record);
  await second.finish(written(0, [2], 20));
  await second.finish(written(1, [0, 1], 30));
  const third = await PartCheckpoints.read(store, record);
  expect([0, 1, 2].map((unit) => third.isDone(unit))).toEqual([true, true, false]);
  expect(third.counts).toMatchObject({ applied: 60, superseded: 3 });
  expect(third.byObject?.get(7)).toMatchObject({ applied: 60 });
});
