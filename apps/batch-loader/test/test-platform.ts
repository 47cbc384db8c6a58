/**
 * A platform with a table, bucket and cache of its own on the servers whose
 * addresses are in the environment.
 */
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import {
  createDynamoDb,
  loadSettings,
  openPlatform,
  type Platform,
  type PlatformOptions,
  type Settings,
} from "@trilane/lane-kit";
import { cacheConfig, startRedis } from "@trilane/servers";
import { applyTable } from "@trilane/write-through/dynamodb";
import { type LoadStores, openLoadStores } from "../src/index.ts";

export interface TestPlatform {
  readonly platform: Platform;
  readonly stores: LoadStores;
  readonly settings: Settings;
  readonly bucket: string;
  /** For processes that use the same servers. */
  readonly environment: Readonly<Record<string, string>>;
  /** Uploads an object and returns its address. */
  put(key: string, body: string | Uint8Array): Promise<string>;
  /** All lines of all objects under a prefix, by key. */
  lines(prefix: string): Promise<Readonly<Record<string, readonly unknown[]>>>;
  close(): Promise<void>;
}

export async function openTestPlatform(options: Pick<PlatformOptions, "createDynamoDb"> = {}): Promise<TestPlatform> {
  const name = `batch-loader-${randomUUID()}`;
  const cache = await startRedis({ config: cacheConfig("64mb") });
  const environment = {
    TRILANE_TABLE: name,
    TRILANE_CACHE_URL: cache.url,
    TRILANE_LOG_LEVEL: "warn",
    TRILANE_CONFIG: fileURLToPath(new URL("../../../trilane.config.ts", import.meta.url)),
  };
  const settings = loadSettings({ ...process.env, ...environment });
  await createTable(settings);
  const platform = await openPlatform({ name: "batch-loader-test", settings, ...options });
  const stores = openLoadStores(platform);
  const { s3 } = stores;
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return {
    platform,
    stores,
    settings,
    bucket: name,
    environment,
    async put(key, body) {
      await s3.send(new PutObjectCommand({ Bucket: name, Key: key, Body: Buffer.from(body) }));
      return `s3://${name}/${key}`;
    },
    lines: (prefix) => linesUnder(s3, name, prefix),
    async close() {
      stores.close();
      await platform.close();
      await cache.stop();
    },
  };
}

async function createTable(settings: Settings): Promise<void> {
  const client = createDynamoDb(settings);
  try {
    await applyTable(client, settings.table);
  } finally {
    client.destroy();
  }
}

async function linesUnder(s3: S3Client, Bucket: string, Prefix: string): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  for (const { Key = "" } of listed.Contents ?? []) {
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const text = (await answer.Body?.transformToString()) ?? "";
    found[Key.slice(Prefix.length)] = text
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  }
  return found;
}

/** A flight of 2001, `minute` minutes after the year began. */
export function flight(minute: number, route: { origin: string; destination: string }): Record<string, unknown> {
  const date = new Date(Date.UTC(2001, 0, 1, 0, minute)).toISOString();
  return { date, delay: minute % 50, distance: 100 + minute, ...route };
}
