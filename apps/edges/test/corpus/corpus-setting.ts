/**
 * One table, bucket, cache, Kafka and queue for all cases of the corpus, each
 * case with a feature group of its name. Addresses of the servers come from the
 * environment. The cache is the setting's own, because a cache belongs to one
 * table.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { type LoadStores, openLoadStores } from "@trilane/batch-loader";
import { defineConfig, type FeatureConfig } from "@trilane/feature-groups";
import {
  createDynamoDb,
  createLogger,
  loadSettings,
  openPlatform,
  type Platform,
  type Settings,
} from "@trilane/lane-kit";
import { cacheConfig, startRedis } from "@trilane/servers";
import { applyTable } from "@trilane/write-through/dynamodb";
import { type CorpusCase, corpusPath, readCorpus } from "../../src/corpus/corpus-case.ts";
import { corpusGroups } from "../../src/corpus/corpus-groups.ts";

export interface CorpusSetting {
  readonly platform: Platform;
  readonly settings: Settings;
  readonly stores: LoadStores;
  /** The table, the bucket and the queue have this name too. */
  readonly name: string;
  /** Puts an object into the bucket. */
  put(key: string, body: string | Uint8Array): Promise<void>;
  /** The lines of all objects at an address that ends in "/". */
  linesUnder(uri: string): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

export async function openCorpusSetting(): Promise<CorpusSetting> {
  const name = `corpus-${randomBytes(6).toString("hex")}`;
  const cache = await startRedis({ name: "cache", config: cacheConfig() });
  const settings = { ...loadSettings({ ...process.env, TRILANE_CACHE_URL: cache.url }), table: name };
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, name);
  dynamodb.destroy();
  const logger = createLogger("corpus", "silent");
  const platform = await openPlatform({ name: "corpus", settings, logger, config: corpusConfig() });
  const stores = openLoadStores(platform);
  await stores.s3.send(new CreateBucketCommand({ Bucket: name }));
  return {
    platform,
    settings,
    stores,
    name,
    put: async (key, body) => {
      await stores.s3.send(new PutObjectCommand({ Bucket: name, Key: key, Body: Buffer.from(body) }));
    },
    linesUnder: (uri) => linesUnder(stores, uri),
    async close() {
      stores.close();
      await platform.close();
      await cache.stop();
    },
  };
}

function corpusConfig(): FeatureConfig {
  return defineConfig({
    groups: Object.fromEntries(readCorpus().map(({ name, group }) => [name, corpusGroups[group]])),
  });
}

async function linesUnder({ s3 }: LoadStores, uri: string): Promise<readonly unknown[]> {
  const [, Bucket = "", Prefix = ""] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  const texts = await Promise.all(
    Contents.map(async ({ Key = "" }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? "";
    }),
  );
  return texts.flatMap((text) => text.trimEnd().split("\n")).map((line): unknown => JSON.parse(line));
}

export function bytesOf({ file }: CorpusCase): Uint8Array {
  return readFileSync(corpusPath(file));
}

export function jsonOf(one: CorpusCase): unknown {
  return JSON.parse(Buffer.from(bytesOf(one)).toString("utf8"));
}

type CorpusLane = CorpusCase["lane"];
export type CaseOf<Lane extends CorpusLane> = Extract<CorpusCase, { readonly lane: Lane }>;

export function casesOf<Lane extends CorpusLane>(lane: Lane): readonly CaseOf<Lane>[] {
  return readCorpus().filter((one): one is CaseOf<Lane> => one.lane === lane);
}
