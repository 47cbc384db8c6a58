/**
 * Options with which the store's client gives an answer, or reports that there
 * is none, within a bounded time.
 */
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";

export interface StoreClientTimes {
  readonly connectTimeoutMs: number;
  /** Milliseconds for one attempt. */
  readonly requestTimeoutMs: number;
  /** Attempts in all, with the SDK's jittered backoff between them. */
  readonly attemptsMax: number;
  readonly socketsMax: number;
}

export const storeClientTimesDefaults: StoreClientTimes = {
  connectTimeoutMs: 1_000,
  requestTimeoutMs: 3_000,
  attemptsMax: 2,
  socketsMax: 64,
};

export function storeClientOptions(times: StoreClientTimes = storeClientTimesDefaults): DynamoDBClientConfig {
  return {
    maxAttempts: times.attemptsMax,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: times.connectTimeoutMs,
      requestTimeout: times.requestTimeoutMs,
      // Without this, `requestTimeout` only logs a warning.
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: times.socketsMax },
      httpsAgent: { keepAlive: true, maxSockets: times.socketsMax },
    }),
  };
}
