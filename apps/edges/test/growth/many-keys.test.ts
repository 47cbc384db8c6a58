import { expect, it } from "vitest";
import { loadManyKeys } from "../../src/growth/many-keys.ts";

it.each(["engine", "rows"] as const)("loads each key once, by the path %s", { timeout: 120_000 }, async (path) => {
  const keys = 5_000;
  const figures = await loadManyKeys({ keys, path, heapMiB: 256 });
  expect(figures).toMatchObject({ path, keys, storeWrites: keys, rowByRow: [] });
  expect(figures.engineCpuUsPerKey > 0).toBe(path === "engine");
  expect(figures.laneMiB).toBeGreaterThan(figures.storeMiB);
});
