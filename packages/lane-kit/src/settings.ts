/** Settings of a process that all programs share, from the environment. What one program alone has, its own `config.ts` reads. */
import type { CacheEpochOptions } from "@trilane/write-through";
import { z } from "zod";
import { type Environment, refuseUnknownSettings, withoutServices } from "./setting-names.ts";
import { SettingsError } from "./settings-error.ts";

export interface Settings {
  readonly table: string;
  /** Where it is not set, the SDK's own chain decides, such as a profile. */
  readonly region?: string;
  readonly dynamodbEndpoint?: string;
  readonly s3Endpoint?: string;
  /** One address; of Sentinel or a cluster several, with commas between them. */
  readonly cacheUrl: string;
  readonly cacheTopology: CacheTopology;
  /** What the sentinels call the primary. */
  readonly cacheSentinelName?: string;
  readonly cacheSentinelPassword?: string;
  /** Of a cluster, the same in every process; without it the core's default. */
  readonly cacheBuckets?: number;
  /** Tells this cache from another one of the same table; without it its addresses do. */
  readonly cacheName?: string;
  readonly queueUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly logLevel: string;
  /** Null: no health server; 0: any free port. */
  readonly healthPort: number | null;
  /** Health and metrics are answered without a token: loopback, unless an orchestrator must reach them. */
  readonly healthHost: string;
  /** Of the API alone. */
  readonly host: string;
  readonly apiPort: number;
  readonly apiToken?: string;
  readonly configPath?: string;
  /** Of the cache's epoch; without them the core's defaults. `leaseMs` must be the same in every process. */
  readonly cacheEpoch?: Partial<Omit<CacheEpochOptions, "process">>;
}

/** One server, also one behind a managed primary's address; a primary that Sentinel names; a cluster. */
export type CacheTopology = "single" | "sentinel" | "cluster";

const PORT_MAX = 65_535;
const CACHE_EPOCH_MS_MIN = 50;
const port = z.coerce.number({ error: "expected a port number" }).int().min(0).max(PORT_MAX);
const EXPECTED_REDIS_URL =
  "expected redis://host:port or rediss://host:port; in a password, characters such as # / @ are written %23 %2F %40";
const redisUrl = z.url({ protocol: /^rediss?$/, error: EXPECTED_REDIS_URL });
const redisUrls = z
  .string({ error: "expected redis://host:port, or several with commas between them" })
  .transform((text) => text.split(",").map((url) => url.trim()))
  .pipe(z.array(redisUrl))
  .transform((urls) => urls.join(","));
const EXPECTED_BROKERS = "expected host:port, or several with commas between them, without a scheme";
const BROKER = /^[^\s:/@,[\]]+:(\d{1,5})$/;
const broker = z.string().refine(isBroker, EXPECTED_BROKERS);
const brokers = z
  .string()
  .transform((text) => text.split(",").map((address) => address.trim()))
  .pipe(z.array(broker));
const CACHE_NAME_CHARACTERS_MAX = 200;
const cacheName = z
  .string()
  .regex(/^[\x21-\x7e]+$/, "expected printable ASCII without spaces")
  .max(CACHE_NAME_CHARACTERS_MAX)
  .optional();
const BUCKETS_MAX = 1_024;
const milliseconds = z.coerce
  .number({ error: "expected milliseconds" })
  .int()
  .min(CACHE_EPOCH_MS_MIN, `expected ${CACHE_EPOCH_MS_MIN} ms or more`)
  .optional();
const httpUrl = z.url({ protocol: /^https?$/, error: "expected http://host:port" });

/**
 * @throws SettingsError naming the first variable that is wrong, or those that do not exist.
 */
export function loadSettings(given: Environment = process.env): Settings {
  refuseUnknownSettings(given);
  const environment = withoutServices(given);
  const read: Read = (variable, schema) => {
    const text = environment[variable];
    const parsed = schema.safeParse(text === "" ? undefined : text);
    if (parsed.success) return parsed.data;
    throw new SettingsError(
      variable,
      `${refusalOf(parsed.error, text)}. \`trilane up\` starts local servers and sets it.`,
    );
  };
  const text = (fallback: string): z.ZodType<string> => z.string().default(fallback);
  return {
    table: read("TRILANE_TABLE", text("trilane")),
    ...optional("region", regionOf(environment)),
    ...readCache(environment, read),
    queueUrl: read("TRILANE_QUEUE_URL", redisUrl.default("redis://127.0.0.1:6380")),
    kafkaBrokers: read("TRILANE_KAFKA_BROKERS", brokers.default(["127.0.0.1:9092"])),
    logLevel: read("TRILANE_LOG_LEVEL", z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).default("info")),
    healthPort: read("TRILANE_HEALTH_PORT", port.nullable().default(null)),
    healthHost: read("TRILANE_HEALTH_HOST", text("127.0.0.1")),
    host: read("TRILANE_HOST", text("127.0.0.1")),
    apiPort: read("TRILANE_API_PORT", port.default(8_080)),
    ...optional("dynamodbEndpoint", read("TRILANE_DYNAMODB_ENDPOINT", httpUrl.optional())),
    ...optional("s3Endpoint", read("TRILANE_S3_ENDPOINT", httpUrl.optional())),
    ...optional("apiToken", environment["TRILANE_API_TOKEN"]),
    ...optional("configPath", environment["TRILANE_CONFIG"]),
    cacheEpoch: {
      ...optional("leaseMs", read("TRILANE_CACHE_LEASE_MS", milliseconds)),
      ...optional("graceMs", read("TRILANE_CACHE_GRACE_MS", milliseconds)),
      ...optional("probeMs", read("TRILANE_CACHE_PROBE_MS", milliseconds)),
      whenCacheUnreachable: read(
        "TRILANE_WHEN_CACHE_UNREACHABLE",
        z.enum(["read-store", "fail"]).default("read-store"),
      ),
    },
  };
}

/** As the SDK takes it, and as the command line of AWS does. */
function regionOf(environment: Environment): string | undefined {
  return [environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"]].find(
    (text) => text !== undefined && text !== "",
  );
}

function isBroker(address: string): boolean {
  const number = Number(BROKER.exec(address)?.[1]);
  return number >= 1 && number <= PORT_MAX;
}

/** Whatever was given may hold a password or a token, and is not repeated. */
function refusalOf({ issues }: z.ZodError, text: string | undefined): string {
  const [issue] = issues;
  const reason = issue?.message ?? "is not valid";
  if (text === undefined) return `${reason}; it is not set`;
  const [place] = issue?.path ?? [];
  return `${reason}; ${typeof place === "number" ? `address ${place + 1} of those that are set` : "what is set"} is not that (it is not shown, because it may be secret)`;
}

type Read = <Value>(variable: string, schema: z.ZodType<Value>) => Value;

type CacheSettings = Pick<
  Settings,
  "cacheUrl" | "cacheTopology" | "cacheSentinelName" | "cacheSentinelPassword" | "cacheBuckets" | "cacheName"
>;

function readCache(environment: Environment, read: Read): CacheSettings {
  const cacheTopology = read("TRILANE_CACHE_TOPOLOGY", z.enum(["single", "sentinel", "cluster"]).default("single"));
  const name = z.string({ error: "the name that the sentinels have for the primary is needed" });
  const buckets = z.coerce.number().int().min(1).max(BUCKETS_MAX, `expected 1 to ${BUCKETS_MAX}`).optional();
  return {
    cacheTopology,
    cacheUrl: read("TRILANE_CACHE_URL", cacheTopology === "single" ? redisUrl : redisUrls),
    ...optional(
      "cacheSentinelName",
      cacheTopology === "sentinel" ? read("TRILANE_CACHE_SENTINEL_NAME", name) : undefined,
    ),
    ...optional("cacheSentinelPassword", environment["TRILANE_CACHE_SENTINEL_PASSWORD"]),
    ...optional("cacheBuckets", read("TRILANE_CACHE_BUCKETS", buckets)),
    ...optional("cacheName", read("TRILANE_CACHE_NAME", cacheName)),
  };
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: Value });
}
