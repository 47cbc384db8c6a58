/**
 * The forms of the values of settings. Each is a schema that says in words
 * which form it expects.
 */
import { z } from "zod";

const PORT_MAX = 65_535;
const CACHE_EPOCH_MS_MIN = 50;
const BUCKETS_MAX = 1_024;
const CACHE_NAME_CHARACTERS_MAX = 200;
const EXPECTED_REDIS_URL =
  "expected redis://host:port or rediss://host:port; in a password, characters such as # / @ are written %23 %2F %40";
const EXPECTED_BROKERS = "expected host:port, or several with commas between them, without a scheme";
const BROKER = /^[^\s:/@,[\]]+:(\d{1,5})$/;

export const port = z.coerce.number({ error: "expected a port number" }).int().min(0).max(PORT_MAX);

export const redisUrl = z.url({ protocol: /^rediss?$/, error: EXPECTED_REDIS_URL });

export const redisUrls = z
  .string({ error: "expected redis://host:port, or several with commas between them" })
  .transform((text) => text.split(",").map((url) => url.trim()))
  .pipe(z.array(redisUrl))
  .transform((urls) => urls.join(","));

/** Without the signs of patterns, since rules of ACL users are made of it. */
export const queuePrefix = z.string().regex(/^[^\s*?[\]\\]+$/, "expected a text without spaces and without * ? [ ] \\");

export const brokers = z
  .string()
  .transform((text) => text.split(",").map((address) => address.trim()))
  .pipe(z.array(z.string().refine(isBroker, EXPECTED_BROKERS)));

export const cacheName = z
  .string()
  .regex(/^[\x21-\x7e]+$/, "expected printable ASCII without spaces")
  .max(CACHE_NAME_CHARACTERS_MAX)
  .optional();

export const buckets = z.coerce.number().int().min(1).max(BUCKETS_MAX, `expected 1 to ${BUCKETS_MAX}`).optional();

export const milliseconds = z.coerce
  .number({ error: "expected milliseconds" })
  .int()
  .min(CACHE_EPOCH_MS_MIN, `expected ${CACHE_EPOCH_MS_MIN} ms or more`)
  .optional();

export const accountId = z.string().regex(/^\d{12}$/, "expected the 12 digits of an AWS account");

const S3_PREFIX = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]*)(?:\/(?<prefix>.*))?$/u;

export const s3Prefix = z
  .string()
  .regex(S3_PREFIX, "expected s3://bucket/prefix")
  .transform((text) => {
    const { bucket = "", prefix = "" } = S3_PREFIX.exec(text)?.groups ?? {};
    return { bucket, prefix: prefix.replace(/\/+$/u, "") };
  });

const EXPECTED_CLIENT = "expected a name of letters, digits, dots, underscores and hyphens, at most 64";

export const clientName = z.string(EXPECTED_CLIENT).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, EXPECTED_CLIENT);

const TTL_MS_MIN = 1_000;

export const ttlMs = z.coerce
  .number({ error: "expected milliseconds" })
  .int()
  .min(TTL_MS_MIN, `expected ${TTL_MS_MIN} ms or more`);

export const positiveCount = z.coerce.number({ error: "expected a whole number" }).int().min(1, "expected 1 or more");

const ENGINE_MEMORY_BYTES_MIN = 268_435_456;

export const engineMemoryBytes = z.coerce
  .number({ error: "expected bytes" })
  .int()
  .min(ENGINE_MEMORY_BYTES_MIN, `expected ${ENGINE_MEMORY_BYTES_MIN} bytes or more`);

export const httpUrl = z.url({ protocol: /^https?$/, error: "expected http://host:port" });

function isBroker(address: string): boolean {
  const number = Number(BROKER.exec(address)?.[1]);
  return number >= 1 && number <= PORT_MAX;
}
