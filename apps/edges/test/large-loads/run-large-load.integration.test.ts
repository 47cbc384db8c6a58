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
const SMALL = ["rows-of-10-mb", "wide-parquet", "gzip-bomb", "topic-bomb-zstd"];

test("gives the lanes rows of 10 MB, a wide file and bombs with their right outcomes, and measures the process", async () => {
  const cache = await startRedis({ config: cacheConfig("64mb") });
  const TRILANE_TABLE = `large-${randomUUID()}`;
  const TRILANE_CONFIG = fileURLToPath(new URL("../../src/large-loads/large-loads.config.ts", import.meta.url));
  const environment = { TRILANE_TABLE, TRILANE_CONFIG, TRILANE_CACHE_URL: cache.url, TRILANE_LOG_LEVEL: "warn" };
  const bucket = TRILANE_TABLE;
  const settings = loadSettings({ ...process.env, ...environment });
  const brokers = settings.kafkaBrokers;
  const [s3, dynamodb] = [createS3(settings), createDynamoDb(settings)];
  try {
    await applyTable(dynamodb, settings.table);
    await s3.send(new CreateBucketCommand({ Bucket: TRILANE_TABLE }));
    for (const one of largeCases.filter(({ name }) => SMALL.includes(name))) {
      const load = await runLargeLoad(one, { s3, bucket, brokers, environment, share: SHARE });
      if (load.kind !== "measured") throw new Error(load.problems.join("; "));
      const { outcome, figures } = load.measured;
      expect(outcome, one.name).toEqual(one.outcome(SHARE));
      expect(figures.residentMiBMax).toBeGreaterThan(50);
      expect(figures.residentMiBMax).toBeLessThan(1_024);
      expect(figures.computingMsMax).toBeGreaterThan(0);
    }
    const [one] = largeCases;
    if (one === undefined) throw new TypeError("there is no case");
    const nowhere = await runLargeLoad(one, { s3, bucket: `${bucket}-missing`, brokers, environment, share: SHARE });
    expect(nowhere).toMatchObject({ kind: "not-measured", problems: [expect.stringContaining("NoSuchBucket")] });
  } finally {
    s3.destroy();
    dynamodb.destroy();
    await cache.stop();
  }
});
