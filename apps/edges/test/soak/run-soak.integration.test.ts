/** A soak of some seconds: all lanes take their work, and every process and queue has figures. */
import { cacheConfig, startRedis } from "@trilane/servers";
import { expect, test } from "vitest";
import { runSoak, type SoakOptions } from "../../src/soak/run-soak.ts";
import { soakPage } from "../../src/soak/soak-page.ts";

test(
  "gives all lanes steady work, settles all of it, and has figures of every process",
  { timeout: 240_000 },
  async () => {
    const cache = await startRedis({ config: cacheConfig("64mb") });
    const options: SoakOptions = {
      seconds: 2,
      sampleMs: 200,
      collectMs: 50,
      rates: { messagesPerSecond: 100, jobsPerSecond: 5, readsPerSecond: 5 },
      rows: 2_000,
      coldRows: 500,
      writesPerSecond: 200,
      environment: { TRILANE_CACHE_URL: cache.url },
    };
    try {
      const report = await runSoak(options);
      const { given, processes, queues, problems } = report;
      expect(given.failedReads).toBe(0);
      expect(given.messages).toBeGreaterThan(50);
      expect(given.jobs).toBeGreaterThan(2);
      // In seconds, a process is still warming up; of the work nothing may be left.
      expect(problems.filter((problem) => problem.includes("settled"))).toEqual([]);
      expect(processes.map(({ name }) => name).toSorted()).toEqual(
        ["API", "job worker", "loads, one after the other", "stream lane"].toSorted(),
      );
      for (const { residentMiB, residentMiBPerMinute, keptMiB, cores } of processes.filter((one) => one.isOneProcess)) {
        expect(residentMiB).toBeGreaterThan(30);
        expect(residentMiBPerMinute).not.toBeNaN();
        expect(keptMiB).toBeGreaterThan(10);
        expect(keptMiB).toBeLessThan(residentMiB);
        expect(cores).toBeGreaterThan(0);
      }
      expect(queues.map(({ name }) => name)).toEqual(["messages of the topic", "jobs"]);
      expect(soakPage(report, options)).toMatch(/\| stream lane \| \d+ MiB \|/);
    } finally {
      await cache.stop();
    }
  },
);
