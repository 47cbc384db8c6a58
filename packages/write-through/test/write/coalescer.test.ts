/** The coalescer alone: one batch per key at a time, and every record settled once. */
import { recordOf, VirtualClock, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import type { CoalescerLimits, Receipt, WriteRecord } from "../../src/index.ts";
import { Coalescer, coalescerLimitsDefaults } from "../../src/write/coalescer.ts";

const isErased = (): boolean => false;

interface Written {
  readonly records: readonly WriteRecord[];
  readonly settle: (receipts: readonly Receipt[]) => void;
}

/** A coalescer whose batches end when the test says so. */
function openCoalescer(limits: Partial<CoalescerLimits> = {}) {
  const clock = new VirtualClock();
  const written: Written[] = [];
  const writeBatch = (records: readonly WriteRecord[]): Promise<readonly Receipt[]> =>
    new Promise((settle) => written.push({ records, settle }));
  const coalescer = new Coalescer({ limits: { ...coalescerLimitsDefaults, ...limits }, clock, writeBatch, isErased });
  const receipts: string[] = [];
  const add = (key: string, n: number, signal?: AbortSignal): void =>
    coalescer.add(recordOf(key, n), (receipt) => void receipts.push(`${key}${n} ${receipt.status}`), signal);
  const batchesBy = (count: number): Promise<void> => expect.poll(() => written.length).toBe(count);
  const shown = (): readonly string[] =>
    written.map(({ records }) => records.map(({ key, version }) => `${key}${numberOf(version)}`).join(" "));
  return { coalescer, clock, written, receipts, add, batchesBy, shown };
}

function numberOf(version: string): number {
  return [1, 2, 3, 4, 5].find((n) => versionOf(n) === version) ?? 0;
}

const applied = ({ version }: WriteRecord): Receipt => ({ status: "applied", version });

describe("the coalescer", () => {
  it("writes one record of each key, the highest, and settles the others with it", async () => {
    const { add, written, receipts, batchesBy, shown } = openCoalescer();
    for (const [key, n] of [
      ["a", 1],
      ["a", 3],
      ["b", 1],
      ["a", 2],
      ["a", 3],
    ] as const)
      add(key, n);
    await batchesBy(1);
    expect(shown()).toEqual(["a3 b1"]);
    expect(receipts).toEqual([]);
    written[0]?.settle(written[0].records.map(applied));
    await expect
      .poll(() => receipts)
      .toEqual(["a1 superseded", "a3 applied", "a2 superseded", "a3 duplicate", "b1 applied"]);
  });

  it("keeps a key that is under way out of every other batch", async () => {
    const { add, written, receipts, batchesBy, shown } = openCoalescer();
    add("a", 1);
    await batchesBy(1);
    add("a", 2);
    add("b", 1);
    await batchesBy(2);
    expect(shown()).toEqual(["a1", "b1"]);
    written[0]?.settle(written[0].records.map(applied));
    await batchesBy(3);
    expect(shown()).toEqual(["a1", "b1", "a2"]);
    expect(receipts).toEqual(["a1 applied"]);
  });

  it("has no more batches under way, and no larger ones, than its limits say", async () => {
    const { add, written, batchesBy, shown } = openCoalescer({ batchMax: 2, batchesMax: 2 });
    for (const key of ["a", "b", "c", "d", "e"]) add(key, 1);
    await batchesBy(2);
    expect(shown()).toEqual(["a1 b1", "c1 d1"]);
    written[1]?.settle(written[1].records.map(applied));
    await batchesBy(3);
    expect(shown().at(-1)).toBe("e1");
  });

  it("waits for company as long as it is told, but not once a batch is full", async () => {
    const { add, clock, batchesBy, shown, written } = openCoalescer({ gatherMs: 5, batchMax: 2 });
    add("a", 1);
    await Promise.resolve();
    expect(written).toEqual([]);
    clock.advance(5);
    await batchesBy(1);
    expect(shown()).toEqual(["a1"]);
  });

  it("fails all records of a batch that throws, or gives another number of receipts", async () => {
    const broken = (): Promise<never> => Promise.reject(new Error("broken"));
    for (const writeBatch of [broken, () => Promise.resolve([])]) {
      const coalescer = new Coalescer({
        limits: coalescerLimitsDefaults,
        clock: new VirtualClock(),
        writeBatch,
        isErased,
      });
      const receipts: Receipt[] = [];
      for (const key of ["a", "b"]) coalescer.add(recordOf(key, 1), (receipt) => receipts.push(receipt), undefined);
      await coalescer.idle();
      expect(receipts).toMatchObject([
        { status: "failed", error: { code: "STORE_UNAVAILABLE", cause: expect.any(Error) } },
        { status: "failed", error: { code: "STORE_UNAVAILABLE" } },
      ]);
    }
  });

  it("does not call a loser superseded by what failed", async () => {
    const { add, written, receipts, batchesBy } = openCoalescer();
    add("a", 1);
    add("a", 2);
    await batchesBy(1);
    written[0]?.settle([{ status: "dead", reason: "foreign-item", detail: "not ours" }]);
    await expect.poll(() => receipts).toEqual(["a1 dead", "a2 dead"]);
  });

  it("drops a key when all who wait for it have aborted, and not before", async () => {
    const { coalescer, add, written, receipts, batchesBy, shown } = openCoalescer();
    const controller = new AbortController();
    add("a", 1, controller.signal);
    add("b", 1, controller.signal);
    add("b", 2);
    controller.abort();
    await batchesBy(1);
    expect(shown()).toEqual(["b2"]);
    expect(receipts).toEqual(["a1 failed"]);
    written[0]?.settle(written[0].records.map(applied));
    await coalescer.idle();
    expect(receipts).toEqual(["a1 failed", "b1 superseded", "b2 applied"]);
  });

  it("is full at its limit of waiting keys, and has room again when they have left", async () => {
    const { coalescer, add, written, batchesBy } = openCoalescer({ pendingMax: 2, batchMax: 1, batchesMax: 1 });
    for (const key of ["a", "b"]) add(key, 1);
    expect(coalescer.isFull).toBe(true);
    const room = coalescer.room();
    await batchesBy(1);
    written[0]?.settle(written[0].records.map(applied));
    await room;
    expect(coalescer.isFull).toBe(false);
  });
});
