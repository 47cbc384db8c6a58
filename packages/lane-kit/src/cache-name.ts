/**
 * The name that distinguishes the cache of a process from other caches of the
 * same table: its addresses as they are configured, without credentials. A
 * loopback address is another cache on each machine, so its name includes the
 * machine's.
 */
import { hostname } from "node:os";
import { cacheAddressesOf } from "./cache-client.ts";
import type { Settings } from "./settings/load-settings.ts";

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
const DATABASE_DEFAULT = "0";

export function cacheNameOf(settings: Settings, machine: string = hostname()): string {
  const { cacheName, cacheUrl, cacheTopology, cacheSentinelName } = settings;
  if (cacheName !== undefined) return cacheName;
  const addresses = cacheAddressesOf(settings)
    .map(({ host, port }) => `${host}:${port}${LOOPBACK.test(host) ? `@${machine}` : ""}`)
    .toSorted()
    .join(",");
  switch (cacheTopology) {
    case "single":
      return `${addresses}${databaseOf(cacheUrl)}`;
    case "sentinel":
      return `${cacheSentinelName ?? ""} of ${addresses}${databaseOf(cacheUrl)}`;
    case "cluster":
      return `cluster ${addresses}`;
  }
}

/** A server's numbered databases are caches of their own. */
function databaseOf(cacheUrl: string): string {
  const { pathname } = new URL(cacheUrl.split(",")[0] ?? "");
  const number = pathname.slice(1);
  return number === "" || number === DATABASE_DEFAULT ? "" : `/${number}`;
}
