/** The stream lane beside a load, made small. */
import { cacheConfig, startRedis } from "@trilane/servers";
import { expect, test } from "vitest";
import { besideLoadPage, medianRow } from "../../src/beside-load/beside-load-page.ts";
import { measureSituation } from "../../src/beside-load/measure-situation.ts";
import { withBesideLoadSetting } from "../../src/beside-load/setting.ts";

test("measures the stream lane beside a load that writes meanwhile", { timeout: 240_000 }, async () => {
  const cache = await startRedis({ config: cacheConfig("64mb") });
  const environment = { TRILANE_CACHE_URL: cache.url };
  try {
    await withBesideLoadSetting({ messagesMax: 10_000, rows: 20_000, environment }, async (setting) => {
      const name = "beside a load";
      const figures = await measureSituation({ name, load: "cold", writesPerSecond: null }, setting);
      expect(figures.perSecond).toBeGreaterThan(0);
      expect(figures.cpuUs).toBeGreaterThan(0);
      expect(figures.loadWritesPerSecond).toBeGreaterThan(0);
      const page = besideLoadPage([medianRow([{ name, ...figures }])], { rounds: 1, messages: setting.messages });
      expect(page).toMatch(/\| beside a load \| [\d,]+ \| 1\.00 \|/);
    });
  } finally {
    await cache.stop();
  }
});
