import { CoreError, noReceipts, type ReceiptCounts } from "@trilane/write-through";
import { VirtualClock } from "@trilane/write-through/testing";
import { describe, expect, test } from "vitest";
import { LoadError, unreadable } from "../../src/errors.ts";
import { type RunOptions, runUnits } from "../../src/load/run-units.ts";
import type { WorkUnit } from "../../src/load/work-unit.ts";
import { sourceObject } from "../source-object.ts";

const counts: ReceiptCounts = { ...noReceipts(), applied: 10 };
const unit = (id: string): WorkUnit => ({ id, object: sourceObject, part: { rows: () => [] as never } });
const units = ["0", "1", "2", "3"].map(unit);

function optionsWith(run: RunOptions["run"], more: Partial<RunOptions> = {}): RunOptions {
  return {
    run,
    clock: new VirtualClock(),
    limits: { unitsUnderWay: 1, drainMs: 1_000 },
    onReceipts: () => undefined,
    onUnitDone: () => undefined,
    ...more,
  };
}

describe("runUnits", () => {
  test("runs each unit once, and sums what their checkpoints say", async () => {
    const run: string[] = [];
    const outcome = await runUnits(
      units,
      optionsWith(async ({ id }) => {
        run.push(id);
        return counts;
      }),
    );
    expect(run).toEqual(["0", "1", "2", "3"]);
    expect(outcome).toEqual({ unitsDone: 4, counts: { ...noReceipts(), applied: 40 }, failures: [] });
  });

  test("goes on with other objects where one cannot be read", async () => {
    const outcome = await runUnits(
      units,
      optionsWith(async ({ id }) => {
        if (id === "1") throw unreadable("s3://b/k.csv", "it is damaged");
        return counts;
      }),
    );
    expect(outcome).toMatchObject({ unitsDone: 3, failures: [{ code: "OBJECT_UNREADABLE" }] });
  });

  test("takes no further unit when the store does not take records: all would fail the same way", async () => {
    const cause = new CoreError("STORE_UNAVAILABLE", "gone");
    let taken = 0;
    const outcome = await runUnits(
      units,
      optionsWith(async () => {
        taken += 1;
        throw new LoadError("WRITE_FAILED", "not written", { cause });
      }),
    );
    expect(taken).toBe(1);
    expect(outcome).toMatchObject({ unitsDone: 0, failures: [{ code: "WRITE_FAILED" }] });
  });

  test("takes no further unit when the signal has fired, and lets those under way finish", async () => {
    const stop = new AbortController();
    const outcome = await runUnits(
      units,
      optionsWith(
        async () => {
          stop.abort();
          return counts;
        },
        { signal: stop.signal },
      ),
    );
    expect(outcome).toMatchObject({ unitsDone: 1, failures: [] });
  });

  test("reports a unit that the drain's limit cuts off as interrupted and not as failed", async () => {
    const stop = new AbortController();
    const clock = new VirtualClock();
    const outcome = await runUnits(
      units,
      optionsWith(
        (_, { signal }) => {
          stop.abort();
          clock.advance(1_000);
          return Promise.reject(signal.reason);
        },
        { signal: stop.signal, clock },
      ),
    );
    expect(outcome).toMatchObject({ unitsDone: 0, failures: [] });
  });

  test("tells the receipts of each slice, and the end of each unit", async () => {
    const told: (number | string)[] = [];
    await runUnits(
      units.slice(0, 1),
      optionsWith(
        async (_, { onReceipts }) => {
          onReceipts(counts);
          return counts;
        },
        { onReceipts: ({ applied }) => void told.push(applied), onUnitDone: () => void told.push("done") },
      ),
    );
    expect(told).toEqual([10, "done"]);
  });

  test("finishes units that wait after all others, and not at all where rows of the load are left", async () => {
    const order: string[] = [];
    const finish = async () => {
      order.push("finished");
      return counts;
    };
    const run: RunOptions["run"] = async ({ id }) => {
      order.push(id);
      return id === "0" ? { kind: "waits", finish } : counts;
    };
    expect(await runUnits(units, optionsWith(run))).toMatchObject({ unitsDone: 4, failures: [] });
    expect(order).toEqual(["0", "1", "2", "3", "finished"]);
    const left = await runUnits(units, optionsWith(run, { othersAreLeft: true }));
    expect(left).toMatchObject({ unitsDone: 3, failures: [] });
    expect(order.filter((step) => step === "finished")).toHaveLength(1);
  });
});
