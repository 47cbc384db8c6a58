import { noReceipts, type ReceiptCounts } from "@trilane/write-through";
import { describe, expect, test } from "vitest";
import { ObjectTally } from "../../src/report/object-tally.ts";
import { NO_REDUCTION } from "../../src/report/reduction-report.ts";
import { reportText } from "../../src/report/report-text.ts";

const counts = (more: Partial<ReceiptCounts>): ReceiptCounts => ({ ...noReceipts(), ...more });
const call = (signal = new AbortController().signal) => ({ signal, onReceipts: () => undefined });

describe("ObjectTally", () => {
  test("tells of each object what is done and what was written of units that are not, failed ones first", async () => {
    const tally = new ObjectTally(["a", "b", "c", "d"], ["e"]);
    for (const object of ["a", "b", "b", "d"]) tally.expect(object);
    tally.done("a", counts({ applied: 3 }));
    await tally.watch("b", call(), async ({ onReceipts }) => {
      onReceipts(counts({ applied: 1 }));
      return counts({ applied: 1, dead: 1 });
    });
    const failure = new Error("damaged");
    const failing = tally.watch("b", call(), async ({ onReceipts }) => {
      onReceipts(counts({ applied: 50 }));
      onReceipts(counts({ applied: 50 }));
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    tally.failed("c");
    const none = noReceipts();
    expect(tally.all(10)).toEqual([
      { object: "b", state: "failed", receipts: counts({ applied: 1, dead: 1 }), unfinished: counts({ applied: 100 }) },
      { object: "c", state: "failed", receipts: none, unfinished: none },
      { object: "d", state: "left", receipts: none, unfinished: none },
      { object: "a", state: "loaded", receipts: counts({ applied: 3 }), unfinished: none },
      { object: "e", state: "unchanged", receipts: none, unfinished: none },
    ]);
    expect(tally.all(1)).toHaveLength(1);
    expect(tally.unfinished()).toEqual(counts({ applied: 100 }));
  });

  test("does not call a unit failed that an interruption cut off", async () => {
    const controller = new AbortController();
    const tally = new ObjectTally(["a"]);
    tally.expect("a");
    const cut = tally.watch("a", call(controller.signal), async () => {
      controller.abort();
      throw new Error("cut off");
    });
    await expect(cut).rejects.toThrow("cut off");
    expect(tally.all(1)).toMatchObject([{ state: "left" }]);
  });
});

describe("reportText", () => {
  test("says of each object what became of it, and of rows that were written though their unit failed", () => {
    const tally = new ObjectTally(["s3://b/a", "s3://b/b"], ["s3://b/c"]);
    tally.done("s3://b/a", counts({ applied: 3 }));
    tally.failed("s3://b/b");
    const text = reportText({
      loadId: "id",
      alreadyDone: false,
      units: 1,
      unitsBefore: 0,
      consumed: 3,
      receipts: counts({ applied: 3 }),
      deadLetters: null,
      refusals: [],
      passedOver: [],
      unfinished: counts({ applied: 100 }),
      reduced: NO_REDUCTION,
      unchanged: 1,
      objects: tally.all(10),
      durationMs: 1_000,
    });
    expect(text.split("\n")).toEqual([
      "load id: 1 units, 3 records in 1.0 s (3 records/s)",
      "  applied 3",
      "  also written, of units that are not done: applied 100",
      "  unchanged since they were loaded, left out: 1 objects",
      "    failed s3://b/b",
      "    loaded s3://b/a: applied 3",
      "    unchanged s3://b/c",
    ]);
  });
});
