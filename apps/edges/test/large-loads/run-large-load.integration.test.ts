/** The large loads, made small: that each case is made, loaded and measured, and has its right outcome. */
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { createDynamoDb, createS3, loadSettings } from "@trilane/lane-kit";
import { cacheConfig, startRedis } from "@trilane/servers";
import { applyTable } from "@trilane/write-through/dynamodb";
import { expect, test } from "vitest";
import { largeCases } from "../../src/large-loads/large-cases.ts";
import { runLargeLoad } from "../../src/large-loads/run-large-load.ts";

const SHARE = 0.003;
const SMALL = ["rows-of-10-mb", "wide-parquet", "gzip-bomb"];

test("loads rows of 10 MB, a wide file and a bomb with their right outcomes, and measures the process", async () => {
  const cache = await startRedis({ config: cacheConfig("64mb") });
  const TRILANE_TABLE = `large-${randomUUID()}`;
  const TRILANE_CONFIG = fileURLToPath(new URL("../../src/large-loads/large-loads.config.ts", import.meta.url));
  const environment = { TRILANE_TABLE, TRILANE_CONFIG, TRILANE_CACHE_URL: cache.url, TRILANE_LOG_LEVEL: "warn" };
  const settings = loadSettings({ ...process.env, ...environment });
  const [s3, dynamodb] = [createS3(settings), createDynamoDb(settings)];
  try {
    await applyTable(dynamodb, settings.table);
    await s3.send(new CreateBucketCommand({ Bucket: TRILANE_TABLE }));
    for (const one of largeCases.filter(({ name }) => SMALL.includes(name))) {
      const load = await runLargeLoad(one, { s3, bucket: TRILANE_TABLE, environment, share: SHARE });
      expect(load.outcome, one.name).toEqual(one.outcome(SHARE));
      expect(load.figures.residentMiBMax).toBeGreaterThan(50);
      expect(load.figures.residentMiBMax).toBeLessThan(1_024);
    }
  } finally {
    s3.destroy();
    dynamodb.destroy();
    await cache.stop();
  }
});
