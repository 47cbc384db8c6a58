/** The contract of every checkpoint store. Each test uses loads of its own. */
import { noReceipts, type ReceiptCounts, systemClock } from "@trilane/write-through";
import pLimit from "p-limit";
import { expect, test } from "vitest";
import {
  CHECKPOINT_TTL_SECONDS,
  type CheckpointStore,
  type FinishedUnit,
  type LoadIdentity,
} from "../../src/load/checkpoint-store.ts";

export interface CheckpointStoreContractOptions {
  /** `nowMs` returns milliseconds since 1970, so that checkpoints can age. */
  readonly open: (nowMs: () => number) => Promise<CheckpointStore>;
}

const MS_PER_SECOND = 1_000;
const UNITS_AT_ONCE = 8;

const countsOf = (applied: number): ReceiptCounts => ({ ...noReceipts(), applied, dead: 1 });
const unit = (id: string, applied: number): FinishedUnit => ({ id, object: "s3://b/a", counts: countsOf(applied) });
const finished = (applied: number) => ({ kind: "finished", counts: countsOf(applied), note: null });
const load = (loadId: string, planId = "plan"): LoadIdentity => ({ loadId, planId, group: "routes" });

export function checkpointStoreContract({ open }: CheckpointStoreContractOptions): void {
  const now = (): number => systemClock.nowMs();

  test("gives each attempt the next epoch, and the later one takes over", async () => {
    const store = await open(now);
    const identity = load("takeover");
    expect(await store.begin(identity)).toEqual({ kind: "begun", epoch: 1 });
    const [first, second] = [
      { loadId: "takeover", epoch: 1 },
      { loadId: "takeover", epoch: 2 },
    ];
    expect(await store.finishUnit(first, unit("0", 5))).toEqual(finished(5));
    expect(await store.begin(identity)).toEqual({ kind: "begun", epoch: 2 });
    expect(await store.finishUnit(first, unit("1", 6))).toEqual({ kind: "taken-over" });
    expect(await store.finishLoad(first, { units: 2, counts: countsOf(11) })).toEqual({ kind: "taken-over" });
    expect([...(await store.finishedUnits("takeover", ["0", "1"]))]).toEqual([
      ["0", { counts: countsOf(5), note: null }],
    ]);
    expect(await store.finishUnit(second, unit("1", 7))).toEqual(finished(7));
  });

  test("counts no unit twice: what was said first stands", async () => {
    const store = await open(now);
    await store.begin(load("once"));
    const attempt = { loadId: "once", epoch: 1 };
    await store.finishUnit(attempt, unit("0", 5));
    expect(await store.finishUnit(attempt, unit("0", 99))).toEqual(finished(5));
    expect((await store.finishedUnits("once", ["0"])).get("0")?.counts).toEqual(countsOf(5));
  });

  test("keeps the note of a unit, and the note that was first stands", async () => {
    const store = await open(now);
    await store.begin(load("note"));
    const attempt = { loadId: "note", epoch: 1 };
    const first = { counts: countsOf(5), note: "first" };
    expect(await store.finishUnit(attempt, { ...unit("0", 5), note: "first" })).toEqual({ kind: "finished", ...first });
    expect(await store.finishUnit(attempt, { ...unit("0", 9), note: "other" })).toEqual({ kind: "finished", ...first });
    expect((await store.finishedUnits("note", ["0"])).get("0")).toEqual(first);
  });

  test("keeps the totals of a load that is done, and lets nobody go on with it", async () => {
    const store = await open(now);
    await store.begin(load("done"));
    const attempt = { loadId: "done", epoch: 1 };
    await store.finishUnit(attempt, unit("0", 5));
    expect(await store.finishLoad(attempt, { units: 1, counts: countsOf(5) })).toEqual({ kind: "finished" });
    expect(await store.begin(load("done"))).toEqual({ kind: "done", totals: { units: 1, counts: countsOf(5) } });
    expect((await store.finishUnit({ loadId: "done", epoch: 2 }, unit("1", 1))).kind).toBe("taken-over");
  });

  test("refuses another plan under the same id, while the load runs and when it is done", async () => {
    const store = await open(now);
    await store.begin(load("plan", "one"));
    expect(await store.begin(load("plan", "other"))).toEqual({ kind: "other-load" });
    await store.finishLoad({ loadId: "plan", epoch: 1 }, { units: 0, counts: noReceipts() });
    expect(await store.begin(load("plan", "other"))).toEqual({ kind: "other-load" });
  });

  test("finds many units of its own load, and only those that are done", async () => {
    const store = await open(now);
    await store.begin(load("many"));
    await store.begin(load("many-others"));
    const ids = Array.from({ length: 230 }, (_, index) => String(index));
    // A few at once, as in a load: more would only wait for connections.
    const limit = pLimit(UNITS_AT_ONCE);
    const finish = (id: string) => store.finishUnit({ loadId: "many", epoch: 1 }, unit(id, Number(id)));
    await limit.map(ids, finish);
    await store.finishUnit({ loadId: "many-others", epoch: 1 }, unit("absent", 1));
    const found = await store.finishedUnits("many", [...ids, "absent"]);
    expect([...found.keys()].toSorted()).toEqual(ids.toSorted());
    expect(found.get("229")?.counts).toEqual(countsOf(229));
  });

  test("has forgotten a load and its units when their time is over", async () => {
    let aheadMs = 0;
    const store = await open(() => now() + aheadMs);
    await store.begin(load("old", "one"));
    const attempt = { loadId: "old", epoch: 1 };
    await store.finishUnit(attempt, unit("0", 5));
    aheadMs = (CHECKPOINT_TTL_SECONDS - 60) * MS_PER_SECOND;
    expect((await store.finishedUnits("old", ["0"])).size).toBe(1);
    aheadMs = (CHECKPOINT_TTL_SECONDS + 60) * MS_PER_SECOND;
    expect((await store.finishedUnits("old", ["0"])).size).toBe(0);
    const begun = await store.begin(load("old", "other"));
    if (begun.kind !== "begun") throw new Error(`the forgotten load is ${begun.kind}`);
    const again = await store.finishUnit({ loadId: "old", epoch: begun.epoch }, unit("0", 8));
    expect(again).toEqual(finished(8));
  });

  test("tells which objects were loaded last with this content by this definition", async () => {
    const store = await open(now);
    const target = { group: "objects", definition: "d1" };
    const contents = (etag: string) => Array.from({ length: 120 }, (_, index) => ({ object: `s3://b/${index}`, etag }));
    const loaded = async (etag: string, definition = "d1") =>
      (await store.loadedObjects({ ...target, definition }, contents(etag))).size;
    const attempt = (loadId: string, epoch = 1) => ({ loadId, epoch });
    expect(await loaded("one")).toBe(0);
    await store.beginObjects(attempt("a"), target, contents("one"));
    expect(await loaded("one")).toBe(0);
    await store.finishObjects(attempt("a"), target, contents("one"));
    expect([await loaded("one"), await loaded("two"), await loaded("one", "d2")]).toEqual([120, 0, 0]);
    expect((await store.loadedObjects({ group: "others", definition: "d1" }, contents("one"))).size).toBe(0);
    // Another content that only began is enough, and the load before it says nothing any more.
    await store.beginObjects(attempt("b"), target, contents("two"));
    expect([await loaded("one"), await loaded("two")]).toEqual([0, 0]);
    await store.finishObjects(attempt("a"), target, contents("one"));
    await store.finishObjects(attempt("b", 2), target, contents("two"));
    expect([await loaded("one"), await loaded("two")]).toEqual([0, 0]);
    await store.finishObjects(attempt("b"), target, contents("two"));
    expect([await loaded("one"), await loaded("two")]).toEqual([0, 120]);
  });

  test("has forgotten what was loaded when its time is over", async () => {
    let aheadMs = 0;
    const store = await open(() => now() + aheadMs);
    const target = { group: "old-objects", definition: "d" };
    const contents = [{ object: "s3://b/old", etag: "e" }];
    await store.beginObjects({ loadId: "old-objects", epoch: 1 }, target, contents);
    await store.finishObjects({ loadId: "old-objects", epoch: 1 }, target, contents);
    expect((await store.loadedObjects(target, contents)).size).toBe(1);
    aheadMs = (CHECKPOINT_TTL_SECONDS + 60) * MS_PER_SECOND;
    expect((await store.loadedObjects(target, contents)).size).toBe(0);
  });
}
