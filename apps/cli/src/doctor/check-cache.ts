/**
 * Checks the cache: whether it answers, its version, its policy, and which
 * processes of the table use it.
 */
import {
  connectCacheClient,
  connectedProcesses,
  createCache,
  createCacheClient,
  createLogger,
  type Settings,
  shownAddress,
  shownMessage,
} from "@trilane/lane-kit";
import { type Finding, Findings } from "./finding.ts";

export async function checkCache(settings: Settings): Promise<readonly Finding[]> {
  const findings = new Findings("cache");
  const client = createCacheClient(settings, { logger: createLogger("doctor", "silent"), process: "doctor" });
  try {
    await connectCacheClient(client);
    const cache = createCache(settings, client);
    for (const { engine, version, maxmemoryPolicy, maxmemoryBytes } of await cache.describe()) {
      findings.ok(`${shownAddress(settings.cacheUrl)}: ${engine} ${version}, ${maxmemoryPolicy}`);
      if (maxmemoryBytes === 0)
        findings.warning("the cache has no maxmemory; set it below what the machine has, so that it evicts in time");
    }
    const others = (await connectedProcesses(settings, cache)).filter((name) => name !== "doctor");
    findings.ok(`processes of the table that are connected: ${others.length === 0 ? "none" : others.join(", ")}`);
  } catch (error) {
    const address = shownAddress(settings.cacheUrl);
    const text = `${address} (TRILANE_CACHE_URL): ${shownMessage(error)}; lanes and reads go on without a cache, slower`;
    findings.failure(text);
  } finally {
    client.disconnect();
  }
  return findings.all();
}
