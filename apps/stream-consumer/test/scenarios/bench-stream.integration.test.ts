import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheConfig, startRedis } from "@trilane/servers";
import { expect, it } from "vitest";

const IN_MEMORY = fileURLToPath(new URL("../../bench/in-memory.ts", import.meta.url));
const MAIN = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));

it("the benchmark of a topic runs, and compares with a consumer that does nothing", async () => {
  const cache = await startRedis({ name: "cache", config: cacheConfig() });
  try {
    const args = [MAIN, "--messages", "4000", "--rounds", "1", "--no-file"];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, TRILANE_CACHE_URL: cache.url },
    });
    expect(stdout).toMatch(/\| Trilane \| [\d,]+ \| \d+\.\d\d× \|/);
  } finally {
    await cache.stop();
  }
});

it("the benchmark of the lane's own CPU runs, and the store gets each key once where all messages come at once", async () => {
  const args = [IN_MEMORY, "--messages", "4000", "--rounds", "0"];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const figures = JSON.parse(stdout.replace("warm-up: ", "")) as Readonly<Record<string, number>>;
  // The first 3,399 messages are of a key each.
  expect(figures).toMatchObject({ storeRecords: 3_399, applied: 3_399 });
});
