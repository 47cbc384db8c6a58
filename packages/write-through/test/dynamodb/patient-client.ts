/** The options of a client that waits for a server which shares a small machine with many others. */
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { storeClientOptions, storeClientTimesDefaults } from "../../src/dynamodb/index.ts";

const REQUEST_TIMEOUT_MS = 30_000;

/** For tests of what the store answers, and not of how soon. */
export function patientClientOptions(): DynamoDBClientConfig {
  return storeClientOptions({
    ...storeClientTimesDefaults,
    connectTimeoutMs: REQUEST_TIMEOUT_MS,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
}
