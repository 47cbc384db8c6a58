/** Constructs the clients of a process; every timeout and retry is spelled out here or in the core's options. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { storeClientOptions } from "@trilane/write-through/dynamodb";
import { cacheClientOptions } from "@trilane/write-through/valkey";
import { Redis } from "ioredis";
import type { Logger } from "pino";
import type { Settings } from "./settings.ts";

const S3_CONNECT_TIMEOUT_MS = 2_000;
const S3_REQUEST_TIMEOUT_MS = 20_000;
const S3_ATTEMPTS_MAX = 4;

export function createDynamoDb(settings: Settings): DynamoDBClient {
  return new DynamoDBClient({
    ...storeClientOptions(),
    region: settings.region,
    ...(settings.dynamodbEndpoint === undefined ? {} : { endpoint: settings.dynamodbEndpoint }),
  });
}

export function createS3(settings: Settings): S3Client {
  return new S3Client({
    region: settings.region,
    maxAttempts: S3_ATTEMPTS_MAX,
    requestHandler: {
      connectionTimeout: S3_CONNECT_TIMEOUT_MS,
      requestTimeout: S3_REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...(settings.s3Endpoint === undefined ? {} : { endpoint: settings.s3Endpoint, forcePathStyle: true }),
  });
}

/** One cache may serve several tables: each has entries, a guard and an epoch of its own. */
export function cachePrefixOf({ table }: Settings): string {
  return `${table}:`;
}

/** Not connected yet. */
export function createCacheClient(settings: Settings, logger: Logger): Redis {
  const client = new Redis(settings.cacheUrl, cacheClientOptions());
  // Without a listener the client prints to the console; every failed call is reported by its caller as well.
  client.on("error", (error: Error) => logger.debug({ error: error.message }, "cache connection"));
  return client;
}
