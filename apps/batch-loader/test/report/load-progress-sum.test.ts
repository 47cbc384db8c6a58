import { noReceipts } from "@trilane/write-through";
import { VirtualClock } from "@trilane/write-through/testing";
import { expect, test } from "vitest";
import { LoadProgressSum } from "../../src/report/load-progress-sum.ts";
import type { LoadProgress } from "../../src/report.ts";

test("the progress of a load is told at each change, with the units that were done before", () => {
  const told: LoadProgress[] = [];
  const onProgress = (progress: LoadProgress): void => void told.push(progress);
  const progress = new LoadProgressSum({ clock: new VirtualClock(), unitsAll: 6, unitsBefore: 2, onProgress });
  progress.add({ ...noReceipts(), applied: 10 });
  progress.unitsDone(1);
  progress.add({ ...noReceipts(), superseded: 5 });
  progress.unitsDone(3);
  expect(told.map(({ unitsDone, consumed }) => [unitsDone, consumed])).toEqual([
    [2, 0],
    [2, 10],
    [3, 10],
    [3, 15],
    [6, 15],
  ]);
});
