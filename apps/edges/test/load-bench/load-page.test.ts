import { expect, test } from "vitest";
import { feastEnvironment } from "../../src/load-bench/feast-environment.ts";
import { loadPage, medianFigures } from "../../src/load-bench/load-page.ts";

const FEAST = { name: "Feast", seconds: 7, processSeconds: 12, cpuSeconds: 5, memoryMiB: 1_200, storeWrites: 3_399 };
const LANE = { name: "Trilane", seconds: 3.5, processSeconds: 5, cpuSeconds: 4, memoryMiB: 400, storeWrites: 3_416 };

test("the page has each approach with its ratio to the first one, and its writes per key", () => {
  const reads = [
    { load: "1 key", name: "Feast's server", perSecond: 500, cpuUs: 2_000, p99Ms: 200 },
    { load: "1 key", name: "Trilane", perSecond: 5_000, cpuUs: 150, p99Ms: 30 },
  ];
  const page = loadPage(
    { loads: [FEAST, LANE], reads },
    { rounds: 3, rows: 3_000_000, keys: 3_399, feastVersion: "1.2.3" },
  );
  expect(page).toContain("Made by `npm run bench -- --feast --rounds 3`");
  expect(page).toContain("| Trilane | 3.50 s | 0.50× | 5.00 s | 4.00 s | 0.80× | 400 MiB | 3,416 | 1.005 |");
  expect(page).toContain("| 1 key | Trilane | 5,000 | 10.00× | 150 µs | 0.07× | 30.0 ms |");
});

test("the median of each figure is taken by itself", () => {
  const rounds = [LANE, { ...LANE, seconds: 9, cpuSeconds: 1 }, { ...LANE, seconds: 4, cpuSeconds: 2 }];
  expect(medianFigures(rounds)).toEqual({ ...LANE, seconds: 4, cpuSeconds: 2 });
});

test("an environment without Python is missing, with the reason", async () => {
  const environment = await feastEnvironment("python-that-is-not-there");
  expect(environment).toEqual({ kind: "missing", reason: "there is no python-that-is-not-there on this machine" });
});
