/** The options of a client that asks Sentinel which server is the primary, for the cache and for the queue. */
import type { RedisOptions } from "ioredis";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface AskedSentinels {
  /** The sentinels' addresses, with commas between them. The first has the login of the servers with the data. */
  readonly urls: string;
  /** The name by which the sentinels know the primary. */
  readonly name: string;
  /** The sentinels' own. */
  readonly password: string | undefined;
  readonly commandTimeoutMs: number;
}

export type Credentials = Pick<RedisOptions, "username" | "password" | "tls">;

export const SENTINEL_PORT = 26_379;
/** Milliseconds between two rounds of questions to all sentinels. */
const RETRY_MS = 500;

/** With `rediss://`, connections to the sentinels have TLS as those to the servers have. */
export function sentinelOptions({
  urls,
  name,
  password,
  commandTimeoutMs,
}: AskedSentinels): Omit<RedisOptions, "replyMapping"> {
  const credentials = credentialsOf(urls);
  const { tls } = credentials;
  return {
    ...credentials,
    sentinels: addressesOf(urls, SENTINEL_PORT),
    name,
    role: "master",
    ...(tls === undefined ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    sentinelCommandTimeout: commandTimeoutMs,
    sentinelRetryStrategy: () => RETRY_MS,
    ...(password === undefined ? {} : { sentinelPassword: password }),
  };
}

export function addressesOf(urls: string, portDefault: number): Address[] {
  return urls.split(",").map((url) => {
    const { hostname, port } = new URL(url);
    return { host: hostname.replaceAll(/[[\]]/g, ""), port: port === "" ? portDefault : Number(port) };
  });
}

/** The credentials of the servers with the data: those of the first address, which all of them share. */
export function credentialsOf(urls: string): Credentials {
  const { protocol, username, password } = new URL(urls.split(",")[0] ?? "");
  return {
    ...(username === "" ? {} : { username: decodeURIComponent(username) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
}
