/**
 * The settings that all programs share, from the environment. A program's own
 * settings are read by its `config.ts`.
 */
import type { CacheEpochOptions, CacheLifetime } from "@trilane/write-through";
import type { z } from "zod";
import { type ReadSetting, SETTINGS, type SettingName, type SettingValue } from "./declarations.ts";
import type { SettingDeclaration } from "./setting-declaration.ts";
import { type KafkaSecurity, readKafkaSecurity } from "./kafka-security.ts";
import { isJobKey } from "../access/job-keys.ts";
import { type ReadSecret, readSecret, type Secret } from "./secrets.ts";
import { type Environment, refuseUnknownSettings, withoutServices } from "./setting-names.ts";
import { redisUrl } from "./setting-values.ts";
import { SettingsError } from "./settings-error.ts";
import { readTlsOptions, type TlsOptions } from "./tls-files.ts";

export interface Settings {
  readonly table: string;
  /** If it is not set, the SDK's own chain decides, for example a profile. */
  readonly region?: string;
  readonly dynamodbEndpoint?: string;
  readonly s3Endpoint?: string;
  /** The account that all buckets must belong to. */
  readonly s3BucketOwner?: string;
  /** One address, or several of Sentinel or a cluster, with commas between them. */
  readonly cacheUrl: string;
  readonly cacheTopology: CacheTopology;
  /** The name by which the sentinels know the primary. */
  readonly cacheSentinelName?: string;
  readonly cacheSentinelPassword?: Secret;
  /** The number of buckets of a cluster, the same in every process; without it the core's default. */
  readonly cacheBuckets?: number;
  /** Distinguishes this cache from others of the same table; without it its addresses do. */
  readonly cacheName?: string;
  readonly cacheAccess: ServerAccess;
  /** The login to ElastiCache by IAM. */
  readonly cacheIam?: CacheIam;
  readonly queueUrl: string;
  readonly queueAccess: QueueAccess;
  readonly kafkaBrokers: readonly string[];
  readonly kafkaSecurity: KafkaSecurity;
  readonly logLevel: string;
  /** 0: any free port. Without it, the program's own port. */
  readonly healthPort?: number | "off";
  /** Health and metrics are answered without a token: loopback, unless an orchestrator must reach them. */
  readonly healthHost: string;
  /** The host of the API alone. */
  readonly host: string;
  readonly apiPort: number;
  readonly apiToken?: string;
  /** The file of clients with their tokens and rights. */
  readonly accessFile?: string;
  readonly jobSignatures: "required" | "off";
  /** The file of the keys by which clients sign jobs. */
  readonly jobKeysFile?: string;
  readonly jobAgeMaxMs: number;
  /** The client as which this process signs the jobs that it sends. */
  readonly jobSigning?: { readonly client: string; readonly key: Secret };
  /** Without it, on where there is a file of clients. */
  readonly accessLog?: "on" | "off";
  readonly configPath?: string;
  readonly cacheLifetime: Pick<CacheLifetime, "ttlMs" | "negativeTtlMs">;
  /** The secret key of the digests of subjects. */
  readonly subjectKey?: string;
  /** The key before, while the key changes. */
  readonly formerSubjectKey?: string;
  /** Milliseconds before the last sweep of an erasure. */
  readonly erasureRestMs: number;
  /** The place of the batch lane's dead letters. */
  readonly deadLetters?: { readonly bucket: string; readonly prefix: string };
  /** The second place of the list of erasures. */
  readonly erasureCopy?: { readonly bucket: string; readonly prefix: string };
  /** Null: no erasures over HTTP; 0: any free port. */
  readonly erasePort: number | null;
  readonly eraseHost: string;
  readonly eraseToken?: Secret;
  /** The most calls of the store that are under way at once. */
  readonly storeCallsMax: number;
  readonly loads: LoadSettings;
  /** Milliseconds from the signal to the end of a process. */
  readonly stopMs: number;
  readonly streamWindow: { readonly windowRecordsMax: number; readonly windowBytesMax: number };
  readonly apiLimits: ApiLimitSettings;
  /**
   * The options of the cache's epoch; without them the core's defaults. `leaseMs` must be the same in every process.
   */
  readonly cacheEpoch?: Partial<Omit<CacheEpochOptions, "process">>;
}

/** How loads of files are done. */
export interface LoadSettings {
  readonly engine: "auto" | "off";
  readonly engineMemoryBytes: number;
  readonly engineThreads: number;
  /** Without it the system's folder for temporary files. */
  readonly engineFolder?: string;
  /** Calls of the store under way, in the program of a load. */
  readonly storeCallsMax: number;
  /** Null: no maximum. */
  readonly writesPerSecond: number | null;
  readonly limits: {
    /** Units under way at once. */
    readonly unitsUnderWay: number;
    readonly recordsPerSlice: number;
    readonly sliceBytesMax: number;
  };
}

/** The bounds of an API process that a deployment sets. */
export interface ApiLimitSettings {
  readonly keysMax: number;
  readonly requestsMax: number;
  readonly bodyBytesMax: number;
  readonly answerBytesMax: number;
  readonly answersBytesMax: number;
}

/** One server, also one behind a managed primary's address; a primary that Sentinel names; a cluster. */
export type CacheTopology = "single" | "sentinel" | "cluster";

/** The login and certificates of connections to the cache or to the queue, in addition to the address. */
export interface ServerAccess {
  /** It replaces the address's user name. */
  readonly username?: string;
  readonly password?: Secret;
  /** They count where the address says `rediss://`. */
  readonly tls: TlsOptions;
}

export interface CacheIam {
  readonly cacheName: string;
  readonly isServerless: boolean;
  readonly user: string;
}

/** How the queue's server is found and logged in to, and which keys are the queue's. */
export interface QueueAccess extends ServerAccess {
  /** Default: BullMQ's own. */
  readonly prefix?: string;
  /** The address is that of sentinels, which know the primary by this name. */
  readonly sentinel?: { readonly name: string; readonly password?: Secret };
}

const ERASURE_REST_MS_DEFAULT = 86_400_000;

/** @throws SettingsError naming the first variable that is wrong, or those that do not exist */
export function loadSettings(given: Environment = process.env): Settings {
  refuseUnknownSettings(given);
  const environment = withoutServices(given);
  const secret: ReadSecret = (variable) => readSecret(environment, variable);
  const read: ReadSetting = (variable) => {
    const { schema }: { readonly schema: z.ZodType } = SETTINGS[variable];
    // The type of the declaration is the type of the value.
    return readWith(schema, variable, textOf(environment, variable)) as SettingValue<typeof variable>;
  };
  return {
    table: read("TRILANE_TABLE"),
    ...optional("region", regionOf(environment)),
    ...readCache(environment, read, secret),
    ...readQueue(environment, read, secret),
    kafkaBrokers: read("TRILANE_KAFKA_BROKERS"),
    kafkaSecurity: readKafkaSecurity(read, secret),
    logLevel: read("TRILANE_LOG_LEVEL"),
    ...optional("healthPort", read("TRILANE_HEALTH_PORT")),
    healthHost: read("TRILANE_HEALTH_HOST"),
    host: read("TRILANE_HOST"),
    apiPort: read("TRILANE_API_PORT"),
    ...optional("dynamodbEndpoint", read("TRILANE_DYNAMODB_ENDPOINT")),
    ...optional("s3Endpoint", read("TRILANE_S3_ENDPOINT")),
    ...optional("s3BucketOwner", read("TRILANE_S3_BUCKET_OWNER")),
    ...optional("apiToken", secret("TRILANE_API_TOKEN")?.()),
    ...optional("accessFile", read("TRILANE_ACCESS_FILE")),
    jobSignatures: read("TRILANE_JOB_SIGNATURES"),
    ...optional("jobKeysFile", read("TRILANE_JOB_KEYS_FILE")),
    jobAgeMaxMs: read("TRILANE_JOB_AGE_MAX_MS"),
    ...optional("jobSigning", readJobSigning(read, secret)),
    ...optional("accessLog", read("TRILANE_ACCESS_LOG")),
    ...optional("configPath", read("TRILANE_CONFIG")),
    cacheLifetime: { ttlMs: read("TRILANE_CACHE_TTL_MS"), negativeTtlMs: read("TRILANE_CACHE_NEGATIVE_TTL_MS") },
    ...optional("subjectKey", secret("TRILANE_SUBJECT_KEY")?.()),
    ...optional("formerSubjectKey", secret("TRILANE_SUBJECT_KEY_BEFORE")?.()),
    erasureRestMs: read("TRILANE_ERASURE_REST_MS") ?? ERASURE_REST_MS_DEFAULT,
    ...optional("deadLetters", read("TRILANE_DEAD_LETTERS")),
    ...optional("erasureCopy", read("TRILANE_ERASURE_COPY")),
    erasePort: read("TRILANE_ERASE_PORT"),
    eraseHost: read("TRILANE_ERASE_HOST"),
    ...optional("eraseToken", secret("TRILANE_ERASE_TOKEN")),
    storeCallsMax: read("TRILANE_STORE_CALLS_MAX"),
    loads: readLoads(read),
    ...readLimits(read),
    cacheEpoch: {
      ...optional("leaseMs", read("TRILANE_CACHE_LEASE_MS")),
      ...optional("graceMs", read("TRILANE_CACHE_GRACE_MS")),
      ...optional("probeMs", read("TRILANE_CACHE_PROBE_MS")),
      whenCacheUnreachable: read("TRILANE_WHEN_CACHE_UNREACHABLE"),
    },
  };
}

function readLoads(read: ReadSetting): LoadSettings {
  return {
    engine: read("TRILANE_LOAD_ENGINE"),
    engineMemoryBytes: read("TRILANE_LOAD_ENGINE_MEMORY_BYTES"),
    engineThreads: read("TRILANE_LOAD_ENGINE_THREADS"),
    ...optional("engineFolder", read("TRILANE_LOAD_ENGINE_FOLDER")),
    storeCallsMax: read("TRILANE_LOAD_STORE_CALLS_MAX"),
    writesPerSecond: read("TRILANE_LOAD_WRITES_PER_SECOND"),
    limits: {
      unitsUnderWay: read("TRILANE_LOAD_UNITS"),
      recordsPerSlice: read("TRILANE_LOAD_SLICE_RECORDS"),
      sliceBytesMax: read("TRILANE_LOAD_SLICE_BYTES"),
    },
  };
}

function readLimits(read: ReadSetting): Pick<Settings, "stopMs" | "streamWindow" | "apiLimits"> {
  return {
    stopMs: read("TRILANE_STOP_MS"),
    streamWindow: {
      windowRecordsMax: read("TRILANE_STREAM_WINDOW_RECORDS"),
      windowBytesMax: read("TRILANE_STREAM_WINDOW_BYTES"),
    },
    apiLimits: {
      keysMax: read("TRILANE_API_KEYS_MAX"),
      requestsMax: read("TRILANE_API_REQUESTS_MAX"),
      bodyBytesMax: read("TRILANE_API_BODY_BYTES_MAX"),
      answerBytesMax: read("TRILANE_API_ANSWER_BYTES_MAX"),
      answersBytesMax: read("TRILANE_API_ANSWERS_BYTES_MAX"),
    },
  };
}

function textOf(environment: Environment, variable: SettingName): string | undefined {
  const declaration: SettingDeclaration = SETTINGS[variable];
  return declaration.isSecret === true ? readSecret(environment, variable)?.() : environment[variable];
}

function readWith<Value>(schema: z.ZodType<Value>, variable: SettingName, text: string | undefined): Value {
  const parsed = schema.safeParse(text === "" ? undefined : text);
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    variable,
    `${refusalOf(parsed.error, text)}. \`trilane up\` starts local servers and sets it.`,
  );
}

/** The region as the SDK and the command line of AWS read it. */
function regionOf(environment: Environment): string | undefined {
  return [environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]].find(
    (text) => text !== undefined && text !== "",
  );
}

/** The given value may hold a password or a token, so it is not repeated. */
function refusalOf({ issues }: z.ZodError, text: string | undefined): string {
  const [issue] = issues;
  const reason = issue?.message ?? "is not valid";
  if (text === undefined) return `${reason}; it is not set`;
  const [place] = issue?.path ?? [];
  return `${reason}; ${typeof place === "number" ? `address ${place + 1} of those that are set` : "what is set"} is not that (it is not shown, because it may be secret)`;
}

type CacheSettings = Pick<
  Settings,
  | "cacheUrl"
  | "cacheTopology"
  | "cacheSentinelName"
  | "cacheSentinelPassword"
  | "cacheBuckets"
  | "cacheName"
  | "cacheAccess"
  | "cacheIam"
>;

function readCache(environment: Environment, read: ReadSetting, secret: ReadSecret): CacheSettings {
  const cacheTopology = read("TRILANE_CACHE_TOPOLOGY");
  const cacheSentinelName = cacheTopology === "sentinel" ? read("TRILANE_CACHE_SENTINEL_NAME") : undefined;
  if (cacheTopology === "sentinel" && cacheSentinelName === undefined)
    throw new SettingsError(
      "TRILANE_CACHE_SENTINEL_NAME",
      "the name that the sentinels have for the primary is needed",
    );
  const name = "TRILANE_CACHE_URL";
  return {
    cacheTopology,
    cacheUrl: cacheTopology === "single" ? readWith(redisUrl, name, textOf(environment, name)) : read(name),
    cacheAccess: readAccess(read, secret, "CACHE"),
    ...optional("cacheIam", readCacheIam(read, secret)),
    ...optional("cacheSentinelName", cacheSentinelName),
    ...optional("cacheSentinelPassword", secret("TRILANE_CACHE_SENTINEL_PASSWORD")),
    ...optional("cacheBuckets", read("TRILANE_CACHE_BUCKETS")),
    ...optional("cacheName", read("TRILANE_CACHE_NAME")),
  };
}

/** ElastiCache takes these logins over TLS alone. */
function readCacheIam(read: ReadSetting, secret: ReadSecret): CacheIam | undefined {
  const login = read("TRILANE_CACHE_LOGIN");
  const cacheName = read("TRILANE_CACHE_AWS_NAME");
  if (login === undefined) {
    if (cacheName === undefined) return undefined;
    throw new SettingsError("TRILANE_CACHE_AWS_NAME", "it is for a login by IAM; set TRILANE_CACHE_LOGIN, or unset it");
  }
  const user = read("TRILANE_CACHE_USERNAME");
  if (cacheName === undefined) throw new SettingsError("TRILANE_CACHE_AWS_NAME", `it is not set; ${login} needs it`);
  if (user === undefined) throw new SettingsError("TRILANE_CACHE_USERNAME", `it is not set; ${login} needs it`);
  if (secret("TRILANE_CACHE_PASSWORD") !== undefined)
    throw new SettingsError(
      "TRILANE_CACHE_PASSWORD",
      `it is set, but ${login} makes the password; unset one of the two`,
    );
  if (!read("TRILANE_CACHE_URL").startsWith("rediss:"))
    throw new SettingsError("TRILANE_CACHE_URL", `${login} needs TLS: write rediss://`);
  return { cacheName, isServerless: login === "aws-elasticache-serverless-iam", user };
}

function readQueue(
  environment: Environment,
  read: ReadSetting,
  secret: ReadSecret,
): Pick<Settings, "queueUrl" | "queueAccess"> {
  const variable = "TRILANE_QUEUE_URL";
  const queueUrl = read(variable);
  const name = read("TRILANE_QUEUE_SENTINEL_NAME");
  // Several addresses have a meaning for sentinels alone.
  if (name === undefined && queueUrl.includes(",")) readWith(redisUrl, variable, textOf(environment, variable));
  const password = secret("TRILANE_QUEUE_SENTINEL_PASSWORD");
  return {
    queueUrl,
    queueAccess: {
      ...readAccess(read, secret, "QUEUE"),
      prefix: read("TRILANE_QUEUE_PREFIX"),
      ...(name === undefined ? {} : { sentinel: { name, ...optional("password", password) } }),
    },
  };
}

function readAccess(read: ReadSetting, secret: ReadSecret, server: "CACHE" | "QUEUE"): ServerAccess {
  return {
    ...optional("username", read(`TRILANE_${server}_USERNAME`)),
    ...optional("password", secret(`TRILANE_${server}_PASSWORD`)),
    tls: readTlsOptions(read, server),
  };
}

/** @throws SettingsError where one of the two is missing, or the key is none */
function readJobSigning(read: ReadSetting, secret: ReadSecret): Settings["jobSigning"] {
  const [client, key] = [read("TRILANE_JOB_CLIENT"), secret("TRILANE_JOB_KEY")];
  if (client === undefined && key === undefined) return undefined;
  if (client === undefined) throw new SettingsError("TRILANE_JOB_CLIENT", "is not set, and TRILANE_JOB_KEY is");
  if (key === undefined) throw new SettingsError("TRILANE_JOB_KEY", "is not set, and TRILANE_JOB_CLIENT is");
  if (isJobKey(key())) return { client, key };
  throw new SettingsError("TRILANE_JOB_KEY", "is no key of a client; `trilane access key` makes one");
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: Value });
}
