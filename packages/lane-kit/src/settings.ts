/** Settings of a process, from the environment; the only place that reads it. */
import type { RegimeOptions } from "@trilane/write-through";
import { z } from "zod";

export interface Settings {
  readonly table: string;
  readonly region: string;
  readonly dynamodbEndpoint?: string;
  readonly s3Endpoint?: string;
  readonly cacheUrl: string;
  readonly queueUrl: string;
  readonly kafkaBrokers: readonly string[];
  readonly logLevel: string;
  /** Null: no health server; 0: any free port. */
  readonly healthPort: number | null;
  readonly host: string;
  readonly apiPort: number;
  readonly apiToken?: string;
  readonly configPath?: string;
  /** Of the cache's regime; without them the core's defaults. `leaseMs` must be the same in every process. */
  readonly regime?: Partial<Omit<RegimeOptions, "process">>;
}

/** A setting is missing or wrong: the message names the variable and the remedy. */
export class SettingsError extends Error {
  readonly variable: string;

  constructor(variable: string, message: string) {
    super(`${variable}: ${message}`);
    this.name = "SettingsError";
    this.variable = variable;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const PORT_MAX = 65_535;
const REGIME_MS_MIN = 50;
const port = z.coerce.number({ error: "expected a port number" }).int().min(0).max(PORT_MAX);
const redisUrl = z.url({ protocol: /^rediss?$/, error: "expected redis://host:port" });
const milliseconds = z.coerce
  .number({ error: "expected milliseconds" })
  .int()
  .min(REGIME_MS_MIN, `expected ${REGIME_MS_MIN} ms or more`)
  .optional();
const httpUrl = z.url({ protocol: /^https?$/, error: "expected http://host:port" });

/**
 * @throws SettingsError naming the first variable that is wrong.
 */
export function loadSettings(environment: Environment = process.env): Settings {
  const read = <Value>(variable: string, schema: z.ZodType<Value>): Value => {
    const text = environment[variable];
    const parsed = schema.safeParse(text === "" ? undefined : text);
    if (parsed.success) return parsed.data;
    const reason = parsed.error.issues[0]?.message ?? "is not valid";
    const given = text === undefined ? "it is not set" : `it is "${text}"`;
    throw new SettingsError(variable, `${reason}; ${given}. \`trilane up\` starts local servers and sets it.`);
  };
  const optional = <Name extends string>(name: Name, value: string | undefined): { [Key in Name]?: string } =>
    value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: string });
  const optionalMs = <Name extends string>(name: Name, value: number | undefined): { [Key in Name]?: number } =>
    value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: number });
  const text = (fallback: string): z.ZodType<string> => z.string().default(fallback);
  return {
    table: read("TRILANE_TABLE", text("trilane")),
    region: read("AWS_REGION", text("us-east-1")),
    cacheUrl: read("TRILANE_CACHE_URL", redisUrl),
    queueUrl: read("TRILANE_QUEUE_URL", redisUrl.default("redis://127.0.0.1:6380")),
    kafkaBrokers: read("TRILANE_KAFKA_BROKERS", text("127.0.0.1:9092")).split(","),
    logLevel: read("TRILANE_LOG_LEVEL", z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).default("info")),
    healthPort: read("TRILANE_HEALTH_PORT", port.nullable().default(null)),
    host: read("TRILANE_HOST", text("127.0.0.1")),
    apiPort: read("TRILANE_API_PORT", port.default(8_080)),
    ...optional("dynamodbEndpoint", read("TRILANE_DYNAMODB_ENDPOINT", httpUrl.optional())),
    ...optional("s3Endpoint", read("TRILANE_S3_ENDPOINT", httpUrl.optional())),
    ...optional("apiToken", environment["TRILANE_API_TOKEN"]),
    ...optional("configPath", environment["TRILANE_CONFIG"]),
    regime: {
      ...optionalMs("leaseMs", read("TRILANE_CACHE_LEASE_MS", milliseconds)),
      ...optionalMs("graceMs", read("TRILANE_CACHE_GRACE_MS", milliseconds)),
      ...optionalMs("probeMs", read("TRILANE_CACHE_PROBE_MS", milliseconds)),
      whenCacheUnreachable: read(
        "TRILANE_WHEN_CACHE_UNREACHABLE",
        z.enum(["read-store", "fail"]).default("read-store"),
      ),
    },
  };
}
