/**
 * The composition root: constructs clients, adapters, writer and reader for
 * one process. Nothing else constructs a client of the store or the cache.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  createFeatureReader,
  createFeatureWriter,
  type FeatureConfig,
  type FeatureReader,
  type FeatureWriter,
  createGroupCopies,
  KnownPayloads,
  loadConfig,
  type SubjectDigests,
} from "@trilane/feature-groups";
import {
  type Clock,
  CoreError,
  type CoreEvent,
  type CorePorts,
  createNextId,
  type Random,
  type ErasePorts,
  Reader,
  type SweepPorts,
  CacheEpochKeeper,
  type CacheEpochOptions,
  type CacheEpochPorts,
  type ErasureStore,
  cacheEpochOptionsDefaults,
  systemClock,
  systemRandom,
  Writer,
} from "@trilane/write-through";
import {
  checkTableFormat,
  claimGroupKeys,
  DynamoCacheEpoch,
  DynamoErasures,
  DynamoStore,
  storeLimitsDefaults,
} from "@trilane/write-through/dynamodb";
import { createCacheKeys, type ValkeyCache } from "@trilane/write-through/valkey";
import type { Logger } from "pino";
import { awsProblemOf } from "./aws-refusal.ts";
import { type CacheClient, cachePrefixOf, connectCacheClient, createCache, createCacheClient } from "./cache-client.ts";
import { openCacheLogin } from "./cache-login.ts";
import { cacheNameOf } from "./cache-name.ts";
import { checkRegion, createDynamoDb, createS3 } from "./clients.ts";
import { ErasureCopy } from "./erasures/erasure-copy.ts";
import { ErasureWatch } from "./erasures/erasure-watch.ts";
import { createLogger } from "./logger.ts";
import { Metrics } from "./metrics.ts";
import { CacheSweeper } from "./cache-sweeper.ts";
import { logEvent } from "./log-events.ts";
import { openSubjectDigests } from "./open-subject-digests.ts";
import { loadSettings, type Settings } from "./settings/load-settings.ts";
import { SettingsError } from "./settings/settings-error.ts";
import { redisProblemOf } from "./redis-refusal.ts";
import { shownAddress } from "./shown-address.ts";

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
  readonly metrics: Metrics;
  /** The knowledge of this process about the cache's epoch. */
  readonly cacheEpoch: CacheEpochKeeper;
  /** Makes the digests by which persons are known to the store. */
  readonly subjects: SubjectDigests;
  /** For the erasure of persons: announcing, and sweeping. */
  readonly erasing: CorePorts & ErasePorts & SweepPorts;
  /** The second place of the list of erasures; null without the setting. */
  readonly erasureCopy: ErasureCopy | null;
  /**
   * Fires, with a CoreError as its reason, when this process must not go on, because the table has another cache or has
   * lost erasures.
   */
  readonly failure: AbortSignal;
  /** Waits for records under way, then closes the clients. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  /** The process's name in logs. */
  readonly name: string;
  readonly settings?: Settings;
  readonly logger?: Logger;
  readonly config?: FeatureConfig;
  /** For the one command that brings erasures back which the table has lost. */
  readonly mayHaveLostErasures?: boolean;
  /** Makes the client of the store, which is closed with the platform. Default: by the settings. */
  readonly createDynamoDb?: (settings: Settings) => DynamoDBClient;
}

/**
 * @throws SettingsError for a missing or wrong setting, FeatureGroupError for the configuration, CoreError when the
 *   store cannot be used, the protocol cannot work with the cache's settings, or the table has another cache
 */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const settings = options.settings ?? loadSettings();
  const logger = options.logger ?? createLogger(options.name, settings.logLevel);
  const config = options.config ?? (await loadConfig(settings.configPath));
  const dynamodb = (options.createDynamoDb ?? createDynamoDb)(settings);
  const cacheLogin = await openCacheLogin(settings, { dynamodb, logger }).catch((error: unknown) => {
    dynamodb.destroy();
    throw error;
  });
  const cacheClient = createCacheClient(cacheLogin.settings, { logger, process: `${options.name}-${process.pid}` });
  cacheLogin.keepLoggedIn(cacheClient);
  const closeClients = (): void => {
    cacheLogin.close();
    cacheClient.disconnect();
    dynamodb.destroy();
  };
  try {
    checkKeyOfDigests(config, settings);
    await checkRegion(dynamodb);
    const { mayHaveLostErasures = false, name } = options;
    const parts = { name, settings, config, dynamodb, cacheClient, logger, mayHaveLostErasures };
    const { sweeper, watch, known, ...core } = await openCore(parts);
    return {
      settings: cacheLogin.settings,
      config,
      logger,
      clock: systemClock,
      random: systemRandom,
      writer: createFeatureWriter(config, core.coreWriter, core.subjects),
      reader: createFeatureReader(config, core.coreReader, { digests: core.subjects, known }),
      ...core,
      async close() {
        await watch?.close();
        await sweeper.close();
        await core.coreWriter.close();
        await core.cacheEpoch.close();
        closeClients();
      },
    };
  } catch (error) {
    closeClients();
    throw error;
  }
}

interface CoreParts {
  readonly name: string;
  readonly settings: Settings;
  readonly config: FeatureConfig;
  readonly dynamodb: DynamoDBClient;
  readonly cacheClient: CacheClient;
  readonly logger: Logger;
  readonly mayHaveLostErasures: boolean;
}

type OpenedCore = Pick<
  Platform,
  "coreWriter" | "coreReader" | "metrics" | "cacheEpoch" | "erasing" | "erasureCopy" | "failure" | "subjects"
> & { readonly sweeper: CacheSweeper; readonly watch: ErasureWatch | null; readonly known: KnownPayloads };

async function openCore(parts: CoreParts): Promise<OpenedCore> {
  const { name, settings, config, dynamodb, cacheClient, logger } = parts;
  const known = new KnownPayloads({ clock: systemClock });
  const cache = createCache(settings, cacheClient, (copy) => known.isIntact(copy));
  await connectCache(cacheClient, { cache, settings, logger });
  const metrics = new Metrics();
  const failure = new AbortController();
  let sweeper: CacheSweeper | null = null;
  const emit = (event: CoreEvent): void => {
    if (event.type === "foreign-cache" && event.mode !== "off") failure.abort(event.error);
    metrics.observe(event);
    logEvent(event, logger);
    sweeper?.observe(event);
  };
  await checkStoredForms(parts);
  const nextId = createNextId();
  const isErased = (...record: Parameters<Writer["isErased"]>): boolean => coreWriter.isErased(...record);
  const subjects = openSubjectDigests(settings, isErased);
  const erasures = new DynamoErasures(dynamodb, { table: settings.table });
  const erasureCopy = openErasureCopy(settings);
  if (!parts.mayHaveLostErasures) await erasureCopy?.check(erasures);
  const cacheEpochs = new DynamoCacheEpoch(dynamodb, { table: settings.table });
  const cacheEpoch = await openCacheEpoch(
    { cacheEpochs, cache, clock: systemClock, emit, erasures },
    { ...cacheEpochOptionsOf(parts, subjects), process: `${name}-${process.pid}-${nextId()}` },
  );
  const { table, storeCallsMax: callsMax, cacheLifetime: lifetime } = settings;
  const storeOptions = {
    table,
    limits: { callsMax, callsAtStart: Math.min(callsMax, storeLimitsDefaults.callsAtStart) },
  };
  const ports = {
    store: new DynamoStore(dynamodb, storeOptions, { clock: systemClock, random: systemRandom, emit }),
    cache,
    copies: createGroupCopies(config),
    clock: systemClock,
    random: systemRandom,
    nextId,
    emit,
    cacheEpoch,
  };
  const coreReader = new Reader(ports, { lifetime });
  const cacheKeys = createCacheKeys(cacheClient, { cache, prefix: cachePrefixOf(settings) });
  const common = { clock: systemClock, random: systemRandom, metrics, logger };
  sweeper = new CacheSweeper({ ...common, cache, cacheKeys, cacheEpoch, reader: coreReader });
  const coreWriter = new Writer(ports, { lifetime });
  return {
    coreWriter,
    coreReader,
    subjects,
    erasureCopy,
    erasing: {
      ...ports,
      erasures,
      writer: coreWriter,
      ...(erasureCopy === null ? {} : { keepElsewhere: (entries) => erasureCopy.keep(entries) }),
    },
    watch:
      erasureCopy === null || parts.mayHaveLostErasures
        ? null
        : new ErasureWatch({ ...common, copy: erasureCopy, erasures, onLost: (error) => failure.abort(error) }),
    metrics,
    cacheEpoch,
    failure: failure.signal,
    sweeper,
    known,
  };
}

/** Versions and keys of the table are those of this process. */
async function checkStoredForms({
  dynamodb,
  settings: { table, dynamodbEndpoint: endpoint },
  config,
}: CoreParts): Promise<void> {
  try {
    await checkTableFormat(dynamodb, table);
  } catch (error) {
    throw await awsProblemOf(error, { variable: "TRILANE_DYNAMODB_ENDPOINT", endpoint });
  }
  await claimGroupKeys(dynamodb, { table, groups: Object.values(config.groups) });
}

function openErasureCopy(settings: Settings): ErasureCopy | null {
  const { erasureCopy: place } = settings;
  return place === undefined ? null : new ErasureCopy(createS3(settings), place);
}

function makesDigests({ groups }: FeatureConfig): boolean {
  return Object.values(groups).some(({ subject, keys }) => subject !== null || keys === "digests");
}

/** A digest without a key hides nothing from anyone who can guess the name, and the key of an entity is easy to guess. */
function checkKeyOfDigests({ groups }: FeatureConfig, { subjectKey }: Settings): void {
  const group = Object.values(groups).find(({ keys }) => keys === "digests");
  if (group === undefined || subjectKey !== undefined) return;
  throw new SettingsError(
    "TRILANE_SUBJECT_KEY",
    `it is not set, and the group "${group.name}" stores its keys as digests: set one secret for all processes of the table`,
  );
}

/** A process that makes digests states its key, where no process has. The next look refuses another key. */
async function openCacheEpoch(
  ports: CacheEpochPorts & { readonly erasures: ErasureStore },
  options: CacheEpochOptions,
): Promise<CacheEpochKeeper> {
  const cacheEpoch = await CacheEpochKeeper.open(ports, options);
  if (options.subjectKey === null) return cacheEpoch;
  try {
    await ports.erasures.claimSubjectKey(options.subjectKey, options.formerSubjectKey, ports.clock.nowMs());
    await cacheEpoch.look();
    return cacheEpoch;
  } catch (error) {
    await cacheEpoch.close();
    throw error;
  }
}

function cacheEpochOptionsOf({ settings, config }: CoreParts, subjects: SubjectDigests): CacheEpochOptions {
  return {
    ...cacheEpochOptionsDefaults,
    ...settings.cacheEpoch,
    cacheName: cacheNameOf(settings),
    subjectKey: makesDigests(config) ? subjects.fingerprint : null,
    formerSubjectKey: subjects.formerFingerprint,
  };
}

/**
 * A cache with settings under which the protocol cannot work is refused. A cache that is down is not, because lanes
 * work without it.
 */
async function connectCache(
  client: CacheClient,
  { cache, settings, logger }: { cache: ValkeyCache; settings: Settings; logger: Logger },
): Promise<void> {
  try {
    await connectCacheClient(client);
    await cache.describe();
  } catch (error) {
    if (error instanceof CoreError && error.code === "CACHE_MISCONFIGURED") throw error;
    const problem = await redisProblemOf(error, { server: "CACHE", url: settings.cacheUrl });
    logger.warn(
      `cannot connect to the cache at ${shownAddress(settings.cacheUrl)} (TRILANE_CACHE_URL): ${problem}; goes on without it, and connects as soon as it answers`,
    );
  }
}
