/**
 * Options with which the store's client gives an answer, or reports that there
 * is none, within a bounded time.
 */
import type { DynamoDBClient, DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
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

const USER_AGENT = "trilane";

/** The part of the SDK's request that is changed; its type does not say that every request is one of HTTP. */
interface HttpHeaders {
  readonly headers: Record<string, string>;
}

/** Middleware that costs each call something, and has nothing to do here: no logger is set, and no Lambda calls us. */
const NEEDLESS = ["loggerMiddleware", "recursionDetectionMiddleware", "getUserAgentMiddleware"] as const;

/**
 * Takes away what every call of the client would do for nothing. The user agent is one text, made once; with the app id
 * of the SDK's settings (`AWS_SDK_UA_APP_ID`) it tells AWS's logs which program calls.
 */
export function trimStoreClient(client: DynamoDBClient): DynamoDBClient {
  const userAgent = userAgentOf(client);
  for (const name of NEEDLESS) client.middlewareStack.remove(name);
  client.middlewareStack.add(
    (next) => async (call) => {
      const { headers } = call.request as HttpHeaders;
      headers["user-agent"] = await userAgent;
      return next(call);
    },
    { name: "staticUserAgent", step: "build" },
  );
  return client;
}

async function userAgentOf({ config }: DynamoDBClient): Promise<string> {
  const appId = await config.userAgentAppId();
  return appId === undefined ? USER_AGENT : `${USER_AGENT} app/${appId}`;
}

export function storeClientOptions(times: StoreClientTimes = storeClientTimesDefaults): DynamoDBClientConfig {
  return {
    maxAttempts: times.attemptsMax,
    // The chain of middleware is made once for each command and not once for each call. A command with middleware of its
    // own is sent with options, which makes a chain for that call (`server-date.ts`).
    cacheMiddleware: true,
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
