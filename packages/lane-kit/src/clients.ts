/**
 * Constructs the clients of the store and of S3; the cache's is in `cache-client.ts`. Every timeout and
 * retry is spelled out here or in the core's options.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { storeClientOptions } from "@trilane/write-through/dynamodb";
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
