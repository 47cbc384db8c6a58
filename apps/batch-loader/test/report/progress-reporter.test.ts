import { noReceipts } from "@trilane/write-through";
import { describe, expect, test } from "vitest";
import type { LoadProgress } from "../../src/report.ts";
import { reportProgress } from "../../src/report/progress-reporter.ts";

describe("reportProgress", () => {
  const receipts = { ...noReceipts(), applied: 3, superseded: 4 };
  const state: LoadProgress = { unitsDone: 0, unitsAll: 4, unitsBefore: 0, consumed: 7, receipts, elapsedMs: 1_000 };
  const at = (unitsDone: number): LoadProgress => ({ ...state, unitsDone });

  test("draws over one line on a terminal and writes lines elsewhere, by itself until the end", () => {
    for (const isTTY of [true, false]) {
      const timers: (() => void)[] = [];
      let cancelled = 0;
      const written: string[] = [];
      const clock = {
        schedule(_: number, callback: () => void): () => void {
          timers.push(callback);
          return () => void (cancelled += 1);
        },
      };
      const output = { isTTY, write: (text: string): void => void written.push(text) };
      const reporter = reportProgress(output, clock);
      for (let unit = 0; unit < 4; unit += 1) reporter.onProgress(at(unit));
      timers.at(-1)?.();
      reporter.finish();
      const text = written.join("");
      expect(text.match(/\d\/4 units/g)).toEqual(["0/4 units", "3/4 units", "3/4 units"]);
      expect(text).toContain("3/4 units, 7 records, 7/s: applied 3, superseded 4");
      expect(text.includes("\r")).toBe(isTTY);
      expect(text.endsWith("\n")).toBe(true);
      expect([timers.length, cancelled]).toEqual([2, 1]);
    }
  });
});
