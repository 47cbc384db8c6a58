/**
 * Every variable that Trilane reads from the environment, declared once.
 * Reading, refusing and the page docs/settings.md follow from a declaration, so
 * a new variable is one entry here and the place that uses its value.
 */
import { cacheLifetimeDefaults } from "@trilane/write-through";
import { storeLimitsDefaults } from "@trilane/write-through/dynamodb";
import { z } from "zod";
import { accessSettings } from "./access-settings.ts";
import { LIMIT_SETTINGS } from "./limit-settings.ts";
import { QUEUE_SETTINGS } from "./queue-settings.ts";
import { optionalText, type SettingDeclaration } from "./setting-declaration.ts";
import * as values from "./setting-values.ts";
import { STREAM_SETTINGS } from "./stream-settings.ts";

const SAME_LEASE = "a process whose leases are longer than others expect answers from an outdated cache";
const SAME_CACHE = "processes with different caches of one table are refused";

export const SETTINGS = {
  TRILANE_TABLE: {
    schema: z.string().default("trilane"),
    text: "The DynamoDB table. The names of cache entries, queue keys and consumer groups begin with it.",
    readBy: "every program",
    agreement: "it is the data",
  },
  TRILANE_CONFIG: {
    schema: optionalText,
    text: "The module that defines the feature groups. Without it, `trilane.config.ts` of the folder or of one above it.",
    readBy: "every program",
    agreement: "processes with different definitions write different records",
  },
  TRILANE_LOG_LEVEL: {
    schema: z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
    text: "Less severe lines are not logged.",
    readBy: "every program",
  },
  TRILANE_HEALTH_PORT: {
    schema: z.union([z.literal("off"), values.port], "expected a port number, or off").optional(),
    text: "The port of liveness, readiness and metrics; 0 takes a free one, `off` serves none. Without it 9101 for the stream lane, 9102 for workers and 9103 for the API, or a free one where that is taken; a load serves none.",
    readBy: ["load", "stream", "worker", "api"],
  },
  TRILANE_HEALTH_HOST: {
    schema: z.string().default("127.0.0.1"),
    text: "The address that liveness, readiness and metrics listen on. They ask for no token.",
    readBy: ["load", "stream", "worker", "api"],
  },
  ...LIMIT_SETTINGS,
  TRILANE_HOST: {
    schema: z.string().default("127.0.0.1"),
    text: "The address that the API listens on.",
    readBy: ["api"],
  },
  TRILANE_API_PORT: {
    schema: values.port.default(8_080),
    text: "The port of the API; 0 takes a free one.",
    readBy: ["api"],
  },
  ...accessSettings,
  TRILANE_DYNAMODB_ENDPOINT: {
    schema: values.httpUrl.optional(),
    text: "The address of a DynamoDB that is not AWS's. Without it, the AWS SDK decides.",
    readBy: "every program",
    agreement: "it is the data",
  },
  TRILANE_S3_ENDPOINT: {
    schema: values.httpUrl.optional(),
    text: "The address of an object store that is not AWS's. Without it, the AWS SDK decides.",
    readBy: ["load", "worker", "command"],
  },
  TRILANE_S3_BUCKET_OWNER: {
    schema: values.accountId.optional(),
    text: "The AWS account that every bucket must belong to. A bucket of another account is refused (403).",
    readBy: ["load", "worker", "command"],
  },
  TRILANE_DEAD_LETTERS: {
    schema: values.s3Prefix.optional(),
    text: "The place of the batch lane's dead letters, `s3://bucket/prefix`. Workers and `trilane erase` go through it when a person is erased. Without it, each load writes them into the bucket of its source, under `dead-letters/`, and `--letters` names them.",
    readBy: ["load", "worker", "command"],
  },
  TRILANE_SUBJECT_KEY: {
    schema: optionalText,
    text: "The secret with which the names of persons become digests. Without it, everybody who can guess a name can tell its records.",
    readBy: "every program",
    agreement: "a process with another key would not know who was erased, and is refused",
    isSecret: true,
  },
  TRILANE_SUBJECT_KEY_BEFORE: {
    schema: optionalText,
    text: "The former secret, while the secret is changed: docs/gdpr-deletion.md has the procedure. Without it, there is none.",
    readBy: "every program",
    agreement: "a process without it would not know who was erased before the change, and is refused",
    isSecret: true,
  },
  TRILANE_ERASURE_REST_MS: {
    schema: values.milliseconds,
    text: "The time between the second empty sweep of an erasure and the last one. Without it, a day.",
    readBy: ["worker", "command"],
  },
  TRILANE_ERASURE_COPY: {
    schema: values.s3Prefix.optional(),
    text: "The second place of this table's list of erasures, `s3://bucket/prefix`, by which a restored table is found out. Without it, restores are not covered.",
    readBy: "every program",
    agreement: "a process without it does not notice that the table was restored",
  },
  TRILANE_ERASE_PORT: {
    schema: values.port.nullable().default(null),
    text: "The port on which a worker takes erasures over HTTP; 0 takes a free one. Without it, none.",
    readBy: ["worker"],
  },
  TRILANE_ERASE_HOST: {
    schema: z.string().default("127.0.0.1"),
    text: "The address that a worker takes erasures on.",
    readBy: ["worker"],
  },
  TRILANE_ERASE_TOKEN: {
    schema: optionalText,
    text: "The bearer token for erasures over HTTP. A worker with the port, and with neither the token nor `TRILANE_ACCESS_FILE`, does not start.",
    readBy: ["worker"],
    isSecret: true,
  },
  TRILANE_CACHE_URL: {
    // Several addresses are taken where the topology has several, see load-settings.ts.
    schema: values.redisUrls,
    text: "The cache: `redis://host:port`, or `rediss://` with TLS. For Sentinel or a cluster, several with commas between them.",
    readBy: "every program",
    agreement: SAME_CACHE,
    isSecret: true,
  },
  TRILANE_CACHE_USERNAME: {
    schema: optionalText,
    text: "The ACL user of the cache, instead of the one in the address.",
    readBy: "every program",
  },
  TRILANE_CACHE_PASSWORD: {
    schema: optionalText,
    text: "The password of the cache, instead of the one in the address. From a file, it is read again for each connection.",
    readBy: "every program",
    isSecret: true,
  },
  TRILANE_CACHE_LOGIN: {
    schema: z.enum(["aws-elasticache-iam", "aws-elasticache-serverless-iam"]).optional(),
    text: "The login to ElastiCache by IAM, with tokens that are renewed, instead of a password. It needs `rediss://`, the user, and `TRILANE_CACHE_AWS_NAME`.",
    readBy: "every program",
  },
  TRILANE_CACHE_AWS_NAME: {
    schema: optionalText,
    text: "The id of the replication group, or the name of the serverless cache, for the login by IAM.",
    readBy: "every program",
  },
  TRILANE_CACHE_CA_FILE: {
    schema: optionalText,
    text: "The certificates that sign the cache's, as PEM. Without it, those of Node. Read again for each connection.",
    readBy: "every program",
  },
  TRILANE_CACHE_CERTIFICATE_FILE: {
    schema: optionalText,
    text: "The client certificate for the cache, as PEM. Read again for each connection.",
    readBy: "every program",
  },
  TRILANE_CACHE_KEY_FILE: {
    schema: optionalText,
    text: "The private key of the client certificate for the cache, as PEM.",
    readBy: "every program",
  },
  TRILANE_CACHE_TOPOLOGY: {
    schema: z.enum(["single", "sentinel", "cluster"]).default("single"),
    text: "One server or a managed primary's address, a primary that Sentinel names, or a cluster.",
    readBy: "every program",
    agreement: SAME_CACHE,
  },
  TRILANE_CACHE_NAME: {
    schema: values.cacheName,
    text: "The name of a cache that has different addresses in different networks. Without it, its addresses tell it apart.",
    readBy: "every program",
    agreement: SAME_CACHE,
  },
  TRILANE_CACHE_SENTINEL_NAME: {
    schema: optionalText,
    text: "The name that the sentinels have for the primary. Needed with Sentinel.",
    readBy: "every program",
  },
  TRILANE_CACHE_SENTINEL_PASSWORD: {
    schema: optionalText,
    text: "The password of the sentinels themselves.",
    readBy: "every program",
    isSecret: true,
  },
  TRILANE_CACHE_BUCKETS: {
    schema: values.buckets,
    text: "The number of buckets that a cluster's keys are divided into. Without it, the core's default.",
    readBy: "every program",
    agreement: "a key has another name with another number",
  },
  TRILANE_CACHE_TTL_MS: {
    schema: values.ttlMs.default(cacheLifetimeDefaults.ttlMs),
    text: "The longest life of a copy in the cache. It may be long, since reads stay fresh without it; a record's own expiry ends it sooner.",
    readBy: "every program",
  },
  TRILANE_CACHE_NEGATIVE_TTL_MS: {
    schema: values.ttlMs.default(cacheLifetimeDefaults.negativeTtlMs),
    text: "The longest life, in the cache, of the answer that the store has no such record.",
    readBy: "every program",
  },
  TRILANE_STORE_CALLS_MAX: {
    schema: values.positiveCount.default(storeLimitsDefaults.callsMax),
    text: "The most calls of the store that a process has under way at once. It takes fewer by itself while the store throttles.",
    readBy: "every program",
  },
  TRILANE_LOAD_ENGINE: {
    schema: z.enum(["auto", "off"]).default("auto"),
    text: "Large Parquet loads are reduced by an engine where it is installed and can do it exactly, or every load goes row by row.",
    readBy: ["load", "worker"],
  },
  TRILANE_LOAD_ENGINE_MEMORY_BYTES: {
    schema: values.engineMemoryBytes.default(512 * 1_048_576),
    text: "The memory of a load's engine, which is a process of its own. What does not fit lies in its folder meanwhile. With more than this the process ends, and the load goes on row by row.",
    readBy: ["load", "worker"],
  },
  TRILANE_LOAD_ENGINE_THREADS: {
    schema: values.positiveCount.default(1),
    text: "The threads of a load's engine.",
    readBy: ["load", "worker"],
  },
  TRILANE_LOAD_ENGINE_FOLDER: {
    schema: optionalText,
    text: "The folder for the copies of columns that the engine reads, and for what does not fit in its memory. Without it, `trilane-engine` in the system's folder for temporary files.",
    readBy: ["load", "worker"],
  },
  TRILANE_LOAD_STORE_CALLS_MAX: {
    schema: values.positiveCount.default(storeLimitsDefaults.callsAtStart),
    text: "The most calls of the store that the program of a load has under way at once. They are fewer than those of other programs, so that a store that is busy serves those first. Where TRILANE_STORE_CALLS_MAX is lower, that holds.",
    readBy: ["load"],
  },
  TRILANE_LOAD_WRITES_PER_SECOND: {
    schema: values.positiveCount.nullable().default(null),
    text: "The most records that a load writes to the store in a second. Without it, as many as the store takes.",
    readBy: ["load", "worker"],
  },
  TRILANE_CACHE_LEASE_MS: {
    schema: values.milliseconds,
    text: "The length of the leases of the cache epoch, for a table whose record does not tell it.",
    readBy: "every program",
    agreement: SAME_LEASE,
  },
  TRILANE_CACHE_GRACE_MS: {
    schema: values.milliseconds,
    text: "The time for which a cache may be silent before it is switched off.",
    readBy: "every program",
  },
  TRILANE_CACHE_PROBE_MS: {
    schema: values.milliseconds,
    text: "The time between two questions to a cache that is switched off.",
    readBy: "every program",
  },
  TRILANE_WHEN_CACHE_UNREACHABLE: {
    schema: z.enum(["read-store", "fail"]).default("read-store"),
    text: "Reads come from the store while the cache does not answer, or they fail.",
    readBy: "every program",
  },
  ...QUEUE_SETTINGS,
  ...STREAM_SETTINGS,
} as const satisfies Readonly<Record<string, SettingDeclaration>>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<Name extends SettingName> = z.output<(typeof SETTINGS)[Name]["schema"]>;

/** @throws SettingsError */
export type ReadSetting = <Name extends SettingName>(variable: Name) => SettingValue<Name>;

const FILE_SUFFIX = "_FILE";

/** The variable that names a file with the secret's value. */
export function fileVariableOf(name: SettingName): string {
  return `${name}${FILE_SUFFIX}`;
}

export const settingEntries: readonly (readonly [SettingName, SettingDeclaration])[] = Object.entries(
  SETTINGS,
) as (readonly [SettingName, SettingDeclaration])[];
