/**
 * The composition root: constructs clients, adapters, writer and reader for
 * one process. Nothing else constructs a client of the store or the cache.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import {
  createFeatureReader,
  createFeatureWriter,
  type FeatureConfig,
  type FeatureReader,
  type FeatureWriter,
  loadConfig,
} from "@trilane/feature-groups";
import {
  type Clock,
  createNextId,
  openEpoch,
  type Random,
  Reader,
  systemClock,
  systemRandom,
  Writer,
} from "@trilane/write-through";
import { DynamoRegime, DynamoStore } from "@trilane/write-through/dynamodb";
import { checkCacheServer, ValkeyCache } from "@trilane/write-through/valkey";
import type { Redis } from "ioredis";
import type { Logger } from "pino";
import { cachePrefixOf, createCacheClient, createDynamoDb, createS3 } from "./clients.ts";
import { createLogger } from "./logger.ts";
import { Metrics } from "./metrics.ts";
import { loadSettings, type Settings } from "./settings.ts";

export interface Platform {
  readonly settings: Settings;
  readonly config: FeatureConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  readonly writer: FeatureWriter;
  readonly reader: FeatureReader;
  readonly coreWriter: Writer;
  readonly coreReader: Reader;
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly metrics: Metrics;
  /** The epoch of the cache that this process works in. */
  readonly epoch: number;
  /** Waits for records under way, then closes the clients. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  /** The process's name in logs. */
  readonly name: string;
  readonly settings?: Settings;
  readonly logger?: Logger;
  readonly config?: FeatureConfig;
}

/**
 * @throws SettingsError for a missing or wrong setting, FeatureGroupError for the configuration,
 *   CoreError when the cache or the store cannot be used, CACHE_LOST among them.
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const settings = options.settings ?? loadSettings();
  const logger = options.logger ?? createLogger(options.name, settings.logLevel);
  const config = options.config ?? (await loadConfig(settings.configPath));
  const dynamodb = createDynamoDb(settings);
  const s3 = createS3(settings);
  const cacheClient = createCacheClient(settings, logger);
  const closeClients = (): void => {
    cacheClient.disconnect();
    dynamodb.destroy();
    s3.destroy();
  };
  try {
    const core = await openCore({ settings, dynamodb, cacheClient });
    return {
      settings,
      config,
      logger,
      clock: systemClock,
      random: systemRandom,
      writer: createFeatureWriter(config, core.coreWriter, systemClock),
      reader: createFeatureReader(config, core.coreReader),
      dynamodb,
      s3,
      ...core,
      async close() {
        await core.coreWriter.close();
        closeClients();
      },
    };
  } catch (error) {
    closeClients();
    throw error;
  }
}

async function openCore({
  settings,
  dynamodb,
  cacheClient,
}: {
  settings: Settings;
  dynamodb: DynamoDBClient;
  cacheClient: Redis;
}): Promise<Pick<Platform, "coreWriter" | "coreReader" | "metrics" | "epoch">> {
  await connectCache(cacheClient, settings);
  const metrics = new Metrics();
  const cache = new ValkeyCache(cacheClient, systemClock, { prefix: cachePrefixOf(settings) });
  const regime = new DynamoRegime(dynamodb, { table: settings.table });
  const epoch = await openEpoch({ regime, cache });
  const ports = {
    store: new DynamoStore(dynamodb, { table: settings.table }),
    cache,
    clock: systemClock,
    random: systemRandom,
    nextId: createNextId(),
    emit: (event: Parameters<Metrics["observe"]>[0]): void => metrics.observe(event),
    epoch,
  };
  return { coreWriter: new Writer(ports), coreReader: new Reader(ports), metrics, epoch };
}

async function connectCache(client: Redis, settings: Settings): Promise<void> {
  try {
    await client.connect();
  } catch (cause) {
    throw new Error(`cannot connect to the cache at ${settings.cacheUrl} (TRILANE_CACHE_URL): is it running?`, {
      cause,
    });
  }
  await checkCacheServer(client);
}
