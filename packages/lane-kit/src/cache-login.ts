/** Gives the cache's clients a login by IAM, where the settings ask for one. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { messageOf, systemClock } from "@trilane/write-through";
import { Cluster, type Redis } from "ioredis";
import type { Logger } from "pino";
import { checkRegion } from "./clients.ts";
import { elastiCacheToken, RenewedToken } from "./elasticache-tokens.ts";
import type { Settings } from "./settings/load-settings.ts";

export interface CacheLogin {
  /** With the present password. */
  readonly settings: Settings;
  /** The connections of this client log in again in time. */
  keepLoggedIn(client: Redis | Cluster): void;
  close(): void;
}

/**
 * Keys and region come from the SDK's own chain, as those of `dynamodb`.
 * @throws SettingsError where there is no region; the error of the keys' provider
 */
export async function openCacheLogin(
  settings: Settings,
  { dynamodb, logger }: { readonly dynamodb: DynamoDBClient; readonly logger: Logger },
): Promise<CacheLogin> {
  const { cacheIam } = settings;
  if (cacheIam === undefined) return { settings, keepLoggedIn: () => undefined, close: () => undefined };
  await checkRegion(dynamodb);
  const region = await dynamodb.config.region();
  const clients: (Redis | Cluster)[] = [];
  const token = await RenewedToken.open({
    clock: systemClock,
    ask: (nowMs) => elastiCacheToken({ ...cacheIam, region }, { keys: () => dynamodb.config.credentials(), nowMs }),
    onRenewed(renewed) {
      for (const node of clients.flatMap(nodesOf)) {
        node.auth(cacheIam.user, renewed).catch((error: unknown) => {
          logger.warn(
            { error: messageOf(error) },
            "the cache refuses a renewed token; the next one comes in ten minutes",
          );
        });
      }
      logger.debug("the token for the cache is renewed");
    },
    onError: (error) => logger.warn({ error: messageOf(error) }, "no new token for the cache; it is tried again"),
  });
  return {
    settings: { ...settings, cacheAccess: { ...settings.cacheAccess, password: () => token.current } },
    keepLoggedIn: (client) => void clients.push(client),
    close: () => token.close(),
  };
}

function nodesOf(client: Redis | Cluster): readonly Redis[] {
  const nodes = client instanceof Cluster ? client.nodes("all") : [client];
  return nodes.filter(({ status }) => status === "ready");
}
