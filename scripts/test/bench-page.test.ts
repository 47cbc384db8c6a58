import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type BenchPage, readBenchPage, regressionsOf } from "../bench-page.ts";

const KEPT = page("10,000", "50 µs", "0.020");

describe("reading a page", () => {
  test("gives the command, and each figure's ratio to the first approach of the same work", () => {
    expect(KEPT.task).toBe("bench-http");
    expect(KEPT.args).toEqual(["--requests", "10"]);
    expect(KEPT.ratios.map(({ row, figure, ratio }) => [row, figure, ratio])).toEqual([
      ["1 key, ours", "requests/s", 0.5],
      ["1 key, ours", "CPU", 2],
      ["1 key, ours", "calls", 0.02],
      ["50 keys, ours", "requests/s", 2],
      ["50 keys, ours", "CPU", 0.5],
      ["50 keys, ours", "calls", 1],
    ]);
  });

  test("finds figures in every page that the project keeps", () => {
    for (const name of ["http", "jobs", "loads", "write-and-read"]) {
      const text = readFileSync(new URL(`../../docs/benchmarks/${name}.md`, import.meta.url), "utf8");
      expect(readBenchPage(text)?.ratios.length, name).toBeGreaterThan(1);
    }
  });

  test("answers null for another text", () => {
    expect(readBenchPage("# A page\n\nMade by `npm run large-loads`.\n")).toBeNull();
  });
});

describe("comparing", () => {
  test("finds nothing in another time with the same ratios", () => {
    const twiceAsFast = page("10,000", "50 µs", "0.020", 2);
    expect(regressionsOf(KEPT, twiceAsFast, 0.25)).toEqual([]);
  });

  test("names the row of a rate that fell beyond the tolerance, and of a cost that grew beyond it", () => {
    expect(regressionsOf(KEPT, page("7,000", "50 µs", "0.020"), 0.25)).toMatchObject([
      { row: "1 key, ours", figure: "requests/s", kept: 0.5, now: 0.35 },
    ]);
    expect(regressionsOf(KEPT, page("8,000", "70 µs", "0.020"), 0.25)).toMatchObject([
      { row: "1 key, ours", figure: "CPU", kept: 2, now: 2.8 },
    ]);
    expect(regressionsOf(KEPT, page("7,000", "70 µs", "0.020"), 0.5)).toEqual([]);
  });

  test("takes no difference of the last digit for a regression", () => {
    expect(regressionsOf(page("10,000", "50 µs", "0.001"), page("10,000", "50 µs", "0.002"), 0.25)).toEqual([]);
    expect(regressionsOf(page("10,000", "50 µs", "0.001"), page("10,000", "50 µs", "0.004"), 0.25)).toHaveLength(1);
  });

  test("names a row that is gone", () => {
    const gone = { ...KEPT, ratios: KEPT.ratios.filter(({ row }) => row !== "50 keys, ours") };
    expect(regressionsOf(KEPT, gone, 0.25)).toMatchObject([{ now: null }, { now: null }, { now: null }]);
  });
});

/** The first row's figures are those of the second approach to the first work. */
function page(rate: string, cpu: string, calls: string, speed = 1): BenchPage {
  const scaled = Number(rate.replaceAll(",", "")) * speed;
  const read = readBenchPage(`# A bench

Made by \`npm run bench-http -- --requests 10\`: the median.

| reads   | server | requests/s | ratio | CPU                              | ratio | calls    |
| ------- | ------ | ---------: | ----: | -------------------------------: | ----: | -------: |
| 1 key   | other  | ${20_000 * speed} | 1.00× | ${25 / speed} µs | 1.00× | 1.000 |
| 1 key   | ours   | ${scaled} | 0.50× | ${Number.parseInt(cpu, 10) / speed} µs | 2.00× | ${calls} |
| 50 keys | other  | 100 | 1.00× | 10 µs | 1.00× | 1.000 |
| 50 keys | ours   | 200 | 2.00× | 5 µs | 0.50× | 1.000 |
`);
  if (read === null) throw new TypeError("it is a page");
  return read;
}
