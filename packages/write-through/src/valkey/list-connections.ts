/** Lists the clients of a server by the names that they give themselves. */
import type { Redis } from "ioredis";
import { cacheErrorOf } from "./cache-errors.ts";

export interface CacheConnection {
  /** The client's `connectionName`; empty where it has none. */
  readonly name: string;
  /** `host:port` of the client's end. */
  readonly address: string;
}

/** @throws CoreError CACHE_UNAVAILABLE, or CACHE_MISCONFIGURED where CLIENT LIST is not allowed. */
export async function listConnections(client: Redis): Promise<readonly CacheConnection[]> {
  try {
    const text = String(await client.client("LIST"));
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ({ name: fieldOf(line, "name"), address: fieldOf(line, "addr") }));
  } catch (error) {
    throw cacheErrorOf(error, "list the connections");
  }
}

function fieldOf(line: string, field: string): string {
  return new RegExp(`(?:^| )${field}=(\\S*)`).exec(line)?.[1] ?? "";
}
