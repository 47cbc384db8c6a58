/** The costs of some records, whose number of writes is known. */
import { cacheConfig, startRedis } from "@trilane/servers";
import { expect, test } from "vitest";
import { costPage } from "../../src/cost/cost-page.ts";
import { withCostStage } from "../../src/cost/cost-stage.ts";
import { costsOfJobs, costsOfStream } from "../../src/cost/measure-costs.ts";

test(
  "counts a unit for each cold record, less for hot ones, and commands of cache and queue",
  { timeout: 240_000 },
  async () => {
    const cache = await startRedis({ config: cacheConfig("64mb") });
    const environment = { TRILANE_CACHE_URL: cache.url };
    const count = 400;
    try {
      await withCostStage({ environment, say: () => undefined }, async (stage) => {
        const cold = await costsOfStream(stage, { count, keys: "cold" });
        expect(cold.writeUnits - cold.refusedWriteUnits, JSON.stringify(cold)).toBeGreaterThanOrEqual(count);
        expect(cold.cacheCommands).toBeGreaterThan(0);
        expect(cold.queueCommands).toBe(0);
        const hot = await costsOfJobs(stage, { count, keys: "hot", recordsOfJob: 100 });
        expect(hot.writeUnits).toBeLessThan(count / 2);
        expect(hot.queueCommands).toBeGreaterThan(0);
        const sizes = { records: count, engineRows: 1, singleJobs: 1, idleSeconds: 1 };
        const page = costPage({ rows: [{ name: "stream", records: count, costs: cold }], load: hot, idle: [] }, sizes);
        expect(page).toMatch(/\| stream \| [\d,]+ \|/);
      });
    } finally {
      await cache.stop();
    }
  },
);
