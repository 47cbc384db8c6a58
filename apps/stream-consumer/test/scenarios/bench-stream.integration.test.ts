import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheConfig, startRedis } from "@trilane/servers";
import { expect, it } from "vitest";

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
