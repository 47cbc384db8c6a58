/**
 * One Valkey or Redis server on the loopback interface. Without settings
 * `startRedis` uses the engine's own defaults and no persistence. `cacheConfig`
 * and `queueConfig` are the two settings of this project; they are opposite in
 * eviction and in persistence.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { ServersError } from "./errors.ts";
import { fetchServers } from "./fetch-servers.ts";
import type { FetchedServers } from "./fetch-servers.ts";
import { startNativeServer } from "./native-server.ts";
import type { ServerHandle, ServerPlace, ServerRecipe, StartOptions } from "./native-server.ts";
import type { RedisEngine } from "./server-names.ts";

/** Directives of the configuration file; a list writes one line per value. */
export type RedisConfig = Readonly<Record<string, string | readonly string[]>>;

export interface StartRedisOptions extends StartOptions {
  /** Without it, Valkey where there is a binary of it, otherwise Redis. */
  readonly engine?: RedisEngine;
  readonly config?: RedisConfig;
  /** Runs the program as a sentinel, which holds no data. */
  readonly isSentinel?: boolean;
  /** The name in logs and messages; default `redis`. */
  readonly name?: string;
}

export const cacheMemoryDefault = "256mb";
/** Below what a container of the compose file may use, so that senders are refused before the server is ended. */
export const queueMemoryDefault = "256mb";

const readyWithinMs = 10_000;

/**
 * The settings of a cache: it loses everything when it ends, evicts the least recently used key with an expiry, and
 * never blocks a write.
 */
export function cacheConfig(maxmemory: string = cacheMemoryDefault): RedisConfig {
  return { save: '""', appendonly: "no", maxmemory, "maxmemory-policy": "volatile-lru" };
}

/**
 * The settings of a queue: it refuses writes when it is full and never drops a job; a power loss costs at most a
 * second.
 */
export const queueConfig: RedisConfig = {
  save: '""',
  appendonly: "yes",
  appendfsync: "everysec",
  maxmemory: queueMemoryDefault,
  "maxmemory-policy": "noeviction",
};

/**
 * Starts one server and waits until it is ready.
 * @throws ServersError `engine-unavailable` when the engine was requested and has no binary here; `exited`,
 *   `not-ready`, `port-taken`
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<ServerHandle> {
  const binary = redisBinary(await fetchServers(), options.engine);
  const config: RedisConfig = options.config ?? { save: '""', appendonly: "no" };
  const recipe: ServerRecipe = {
    name: options.name ?? "redis",
    engine: binary.engine,
    version: binary.version,
    persistent: options.dataDirectory !== undefined || config["appendonly"] === "yes",
    readyWithinMs,
    url: (port) => `redis://127.0.0.1:${port}`,
    async command(place) {
      const file = join(place.scratchDirectory, "redis.conf");
      await writeFile(file, configurationFile(place, config));
      const args = options.isSentinel === true ? [file, "--sentinel"] : [file];
      return { file: binary.file, args, env: binary.env };
    },
    ping: (place, timeoutMs) => ping(place, timeoutMs, config["requirepass"]),
  };
  return await startNativeServer(recipe, options);
}

interface RedisBinary {
  readonly engine: RedisEngine;
  readonly version: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

function redisBinary(fetched: FetchedServers, engine: RedisEngine | undefined): RedisBinary {
  const { redis, valkey } = fetched;
  if (engine !== "redis" && valkey.available) return { engine: "valkey", ...valkey };
  if (engine === "valkey" && !valkey.available) {
    throw new ServersError("engine-unavailable", `Valkey cannot be had on this machine: ${valkey.reason}`);
  }
  if (redis.available) return { engine: "redis", ...redis };
  throw new ServersError("engine-unavailable", `Redis cannot be had on this machine: ${redis.reason}`);
}

function configurationFile(place: ServerPlace, config: RedisConfig): string {
  const fixed = [
    `port ${place.port}`,
    "bind 127.0.0.1",
    "daemonize no",
    `dir "${place.dataDirectory}"`,
    // A replica is filled at once; by default the primary waits five seconds for more replicas.
    "repl-diskless-sync-delay 0",
  ];
  const given = Object.entries(config).flatMap(([directive, value]) =>
    (typeof value === "string" ? [value] : value).map((line) => `${directive} ${line}`),
  );
  return `${[...fixed, ...given].join("\n")}\n`;
}

/** A server that loads its append-only file answers LOADING, so it is not ready yet. */
async function ping(place: ServerPlace, timeoutMs: number, password: RedisConfig[string] | undefined): Promise<void> {
  const client = new Redis({
    host: "127.0.0.1",
    port: place.port,
    ...(typeof password === "string" ? { password } : {}),
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}
