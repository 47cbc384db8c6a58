import { noReceipts, systemClock } from "@trilane/write-through";
import { describe, expect, test } from "vitest";
import { beginLoad, type Checkpoints } from "../../src/load/checkpoints.ts";
import { MemoryCheckpointStore } from "./memory-checkpoint-store.ts";

const store = new MemoryCheckpointStore(() => systemClock.nowMs());
const counts = { ...noReceipts(), applied: 3 };

async function begun(loadId: string): Promise<Checkpoints> {
  const begin = await beginLoad(store, { loadId, planId: "plan", group: "routes" });
  if (begin.kind === "done") throw new Error(`the load ${loadId} is done`);
  return begin.checkpoints;
}

describe("beginLoad", () => {
  test("goes on with a load, and gives the totals of one that is done", async () => {
    const checkpoints = await begun("a");
    expect(await checkpoints.finishUnit({ id: "0", object: "s3://b/a", counts })).toMatchObject({ counts });
    const again = await begun("a");
    expect([...(await again.finishedUnits(["0", "1"]))]).toEqual([["0", { counts, note: null }]]);
    await again.finishLoad({ units: 1, counts });
    const totals = { units: 1, counts };
    expect(await beginLoad(store, { loadId: "a", planId: "plan", group: "routes" })).toEqual({ kind: "done", totals });
  });

  test("refuses the id of another load, and says what to do", async () => {
    await begun("b");
    const other = beginLoad(store, { loadId: "b", planId: "other", group: "routes" });
    await expect(other).rejects.toMatchObject({ code: "INVALID_SOURCE", retryable: false });
    await expect(other).rejects.toThrow('the load id "b" belongs to a load of another group or of other objects');
  });
});

describe("Checkpoints", () => {
  test("stop the loader that another one has taken over from", async () => {
    const first = await begun("c");
    await begun("c");
    const stopped = { code: "TAKEN_OVER", retryable: false };
    await expect(first.finishUnit({ id: "0", object: "s3://b/a", counts })).rejects.toMatchObject(stopped);
    await expect(first.finishLoad({ units: 1, counts })).rejects.toMatchObject(stopped);
  });
});
