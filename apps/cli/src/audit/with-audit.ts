/** Opens what an audit and a repair need, for the time of one command. */
import { type FeatureConfig, type FeatureGroup, groupOf } from "@trilane/feature-groups";
import {
  cachePrefixOf,
  connectCacheClient,
  createCache,
  createCacheClient,
  createDynamoDb,
  type Platform,
  shownAddress,
} from "@trilane/lane-kit";
import { CoreError } from "@trilane/write-through";
import { sampleStoreKeys } from "@trilane/write-through/dynamodb";
import { type CacheKeys, createCacheKeys, type ValkeyCache } from "@trilane/write-through/valkey";
import { usageError } from "../errors.ts";
import { withPlatform } from "../with-platform.ts";
import { type Audit, auditKeys, type AuditParts, type AuditTimes, auditTimesDefaults } from "./audit-keys.ts";

export interface AuditContext {
  readonly platform: Platform;
  readonly cache: ValkeyCache;
  readonly cacheKeys: CacheKeys;
  audit(keys: readonly string[], times: AuditTimes): Promise<Audit>;
}

export interface Sampled {
  readonly keys: readonly string[];
  readonly fromCache: number;
  readonly fromStore: number;
}

const SAMPLE_MAX = 100_000;
const PATIENCE_S_MAX = 3_600;
const MS_PER_SECOND = 1_000;

/** @throws CoreError CACHE_UNAVAILABLE, because then there is nothing to compare */
export function withAudit<Result>(run: (context: AuditContext) => Promise<Result>): Promise<Result> {
  return withPlatform(async (platform) => {
    const { settings, logger, coreReader, clock, cacheEpoch } = platform;
    const client = createCacheClient(settings, { logger, process: `audit-${process.pid}` });
    try {
      await connectCacheClient(client).catch((cause: unknown) => {
        throw new CoreError("CACHE_UNAVAILABLE", `the cache at ${shownAddress(settings.cacheUrl)} does not answer`, {
          cause,
        });
      });
      const cache = createCache(settings, client);
      const cacheKeys = createCacheKeys(client, { cache, prefix: cachePrefixOf(settings) });
      const parts: AuditParts = {
        explain: (key) => coreReader.explain(key),
        foreignAmong: (keys) => cacheKeys.foreignAmong(keys),
        clock,
      };
      if (cacheEpoch.known === null) await cacheEpoch.look();
      return await run({ platform, cache, cacheKeys, audit: (keys, times) => auditKeys(keys, parts, times) });
    } finally {
      client.disconnect();
    }
  });
}

/** Half of the keys come from the cache, where a wrong entry would be, and half from the store. Each key comes once. */
export async function sampleKeys(
  { platform, cacheKeys }: AuditContext,
  { group, size }: { readonly group: string | undefined; readonly size: number },
): Promise<Sampled> {
  const { settings, random } = platform;
  const start = group === undefined ? "" : `${group}#`;
  const keysMax = Math.ceil(size / 2);
  const cached = await cacheKeys.sample(start, { keysMax, random });
  const dynamodb = createDynamoDb(settings);
  const stored = await sampleStoreKeys(dynamodb, { table: settings.table, start, keysMax, random }).finally(() => {
    dynamodb.destroy();
  });
  return { keys: [...new Set([...cached, ...stored])], fromCache: cached.length, fromStore: stored.length };
}

/** @throws FeatureGroupError UNKNOWN_GROUP */
export function checkGroup(config: FeatureConfig, group: string | undefined): void {
  if (group !== undefined) groupOf(config, group) satisfies FeatureGroup;
}

/** @throws CliError USAGE */
export function readSampleSize(text: string): number {
  const size = Number(text);
  if (Number.isInteger(size) && size >= 1 && size <= SAMPLE_MAX) return size;
  throw usageError(`--sample is "${text}": give a number of keys, up to ${SAMPLE_MAX}`);
}

/** @throws CliError USAGE */
export function readPatience(text: string): AuditTimes {
  const seconds = Number(text);
  if (!(seconds >= 0 && seconds <= PATIENCE_S_MAX)) {
    throw usageError(`--patience is "${text}": give seconds, up to ${PATIENCE_S_MAX}`);
  }
  const { looksMax } = auditTimesDefaults;
  return { looksMax, pauseMs: (seconds * MS_PER_SECOND) / (looksMax - 1) };
}
