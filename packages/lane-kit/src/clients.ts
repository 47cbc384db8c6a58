/**
 * Constructs the clients of the store and of S3; `cache-client.ts` constructs
 * the cache's. Every timeout and retry is stated here or in the core's options.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { storeClientOptions, trimStoreClient } from "@trilane/write-through/dynamodb";
import { explainRefusals } from "./aws-refusal.ts";
import type { Settings } from "./settings/load-settings.ts";
import { SettingsError } from "./settings/settings-error.ts";

const S3_CONNECT_TIMEOUT_MS = 2_000;
const S3_REQUEST_TIMEOUT_MS = 20_000;
const S3_ATTEMPTS_MAX = 4;

/** Servers with an address of their own have no region, but requests must be signed for one. */
const LOCAL_REGION = "us-east-1";

export function createDynamoDb(settings: Settings): DynamoDBClient {
  const client = new DynamoDBClient({
    ...storeClientOptions(),
    ...regionOf(settings, settings.dynamodbEndpoint),
    ...(settings.dynamodbEndpoint === undefined ? {} : { endpoint: settings.dynamodbEndpoint }),
  });
  return trimStoreClient(client);
}

export function createS3(settings: Settings): S3Client {
  const client = new S3Client({
    ...regionOf(settings, settings.s3Endpoint),
    // A bucket of another region is used where it is: the answer that refuses names its region.
    followRegionRedirects: true,
    maxAttempts: S3_ATTEMPTS_MAX,
    requestHandler: {
      connectionTimeout: S3_CONNECT_TIMEOUT_MS,
      requestTimeout: S3_REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
    ...(settings.s3Endpoint === undefined ? {} : { endpoint: settings.s3Endpoint, forcePathStyle: true }),
  });
  if (settings.s3Endpoint !== undefined) explainRefusals(client, settings.s3Endpoint);
  if (settings.s3BucketOwner !== undefined) expectOwner(client, settings.s3BucketOwner);
  return client;
}

/** A bucket's name is global: one that was removed may be a stranger's tomorrow. */
function expectOwner(client: S3Client, owner: string): void {
  client.middlewareStack.add(
    (next) => (call) => {
      const input = { ...call.input, ExpectedBucketOwner: owner };
      return next({ ...call, input: "Bucket" in call.input ? input : call.input });
    },
    { name: "expectBucketOwner", step: "initialize" },
  );
}

/** @throws SettingsError where neither a setting nor the SDK's own chain names a region */
export async function checkRegion({ config }: DynamoDBClient): Promise<void> {
  try {
    await config.region();
  } catch {
    const remedy = "set it, or AWS_PROFILE to a profile that has a region: none is guessed";
    throw new SettingsError("AWS_REGION", `is not set, and no profile names a region; ${remedy}`);
  }
}

/** On AWS no region is guessed, because the table would be created in a wrong one. */
function regionOf({ region }: Settings, endpoint: string | undefined): { readonly region?: string } {
  if (region !== undefined) return { region };
  return endpoint === undefined ? {} : { region: LOCAL_REGION };
}
