import { expect, it } from "vitest";
import { loadManyKeys } from "../../src/growth/many-keys.ts";

it.each([
  { path: "engine", keys: 100_000 },
  { path: "rows", keys: 5_000 },
] as const)("loads each key once, by the path $path", { timeout: 120_000 }, async ({ path, keys }) => {
  const figures = await loadManyKeys({ keys, path });
  expect(figures).toMatchObject({ path, keys, storeWrites: keys, rowByRow: [] });
  expect(figures.engineCpuUsPerKey > 0).toBe(path === "engine");
  expect(figures.laneMiB).toBeGreaterThan(figures.storeMiB);
});
