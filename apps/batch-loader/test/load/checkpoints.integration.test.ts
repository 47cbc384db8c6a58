import { noReceipts } from "@trilane/write-through";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Checkpoints } from "../../src/load/checkpoints.ts";
import { openTestPlatform, type TestPlatform } from "../test-platform.ts";

let on: TestPlatform;

beforeAll(async () => {
  on = await openTestPlatform();
});
afterAll(async () => {
  await on.close();
});

function open(loadId: string, planId = "plan"): Checkpoints {
  const { dynamodb, clock, random, settings } = on.platform;
  return new Checkpoints({
    dynamodb,
    clock,
    random,
    table: settings.table,
    attemptsMax: 3,
    loadId,
    planId,
    group: "routes",
  });
}

const unit = (applied: number): Parameters<Checkpoints["finishUnit"]>[1] => ({
  object: "s3://b/a",
  counts: { ...noReceipts(), applied },
});

describe("Checkpoints", () => {
  test("the later loader takes over, and no unit counts twice", async () => {
    const first = open("takeover");
    const second = open("takeover");
    expect(await first.begin()).toEqual({ kind: "begun", epoch: 1 });
    expect(await first.finishUnit("0", unit(5))).toEqual(unit(5).counts);
    expect(await second.begin()).toEqual({ kind: "begun", epoch: 2 });
    await expect(first.finishUnit("1", unit(6))).rejects.toMatchObject({ code: "TAKEN_OVER" });
    expect([...(await second.finishedUnits(["0", "1"]))]).toEqual([["0", unit(5).counts]]);
    expect(await second.finishUnit("0", unit(99))).toEqual(unit(5).counts);
    expect(await second.finishUnit("1", unit(7))).toEqual(unit(7).counts);
    await expect(first.finishLoad({ units: 2, counts: unit(11).counts })).rejects.toMatchObject({ code: "TAKEN_OVER" });
    await second.finishLoad({ units: 2, counts: unit(12).counts });
    expect(await first.begin()).toEqual({ kind: "done", totals: { units: 2, counts: unit(12).counts } });
    await expect(second.finishUnit("2", unit(1))).rejects.toMatchObject({ code: "TAKEN_OVER" });
  });

  test("many units are found again", async () => {
    const checkpoints = open("many");
    await checkpoints.begin();
    const ids = Array.from({ length: 230 }, (_, index) => String(index));
    await Promise.all(ids.map((id) => checkpoints.finishUnit(id, unit(Number(id)))));
    const found = await checkpoints.finishedUnits([...ids, "absent"]);
    expect(found.size).toBe(230);
    expect(found.get("229")).toEqual(unit(229).counts);
  });
});
