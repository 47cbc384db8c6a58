/**
 * Refuses a server with whose settings the protocol would not work, and names
 * the remedy.
 */
import type { Redis } from "ioredis";
import { CoreError } from "../errors.ts";
import { cacheErrorOf } from "./cache-errors.ts";

export interface CacheServer {
  readonly engine: "valkey" | "redis";
  readonly version: string;
  readonly maxmemoryPolicy: string;
  /** 0 means that there is no limit. */
  readonly maxmemoryBytes: number;
}

const MAJOR_VERSION_MIN = 7;

/**
 * @throws CoreError CACHE_MISCONFIGURED for a server older than 7.0, and for a policy that could evict a fence or could
 *   evict nothing; CACHE_UNAVAILABLE when it does not answer.
 */
export async function checkCacheServer(client: Redis): Promise<CacheServer> {
  const server = await describeServer(client);
  const { version, maxmemoryPolicy } = server;
  if (Number.parseInt(version, 10) < MAJOR_VERSION_MIN) {
    throw new CoreError("CACHE_MISCONFIGURED", `the cache is version ${version}: 7.0 or later is needed`);
  }
  if (!maxmemoryPolicy.startsWith("volatile-")) {
    throw new CoreError(
      "CACHE_MISCONFIGURED",
      `the cache has maxmemory-policy ${maxmemoryPolicy}: set volatile-lru, under which fences are never evicted and copies always can be`,
    );
  }
  return server;
}

async function describeServer(client: Redis): Promise<CacheServer> {
  try {
    const info = `${await client.info("server")}\n${await client.info("memory")}`;
    const field = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
    const valkey = field("valkey_version");
    return {
      engine: valkey === undefined ? "redis" : "valkey",
      version: valkey ?? field("redis_version") ?? "0",
      maxmemoryPolicy: field("maxmemory_policy") ?? "unknown",
      maxmemoryBytes: Number(field("maxmemory") ?? 0),
    };
  } catch (error) {
    throw cacheErrorOf(error, "describe the server");
  }
}
