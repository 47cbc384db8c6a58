/**
 * Checks the cache: whether it answers, its version, its policy, and which
 * processes of the table use it.
 */
import {
  connectCacheClient,
  connectedProcesses,
  createCache,
  createCacheClient,
  createDynamoDb,
  createLogger,
  openCacheLogin,
  redisProblemOf,
  type ProgramWithRights,
  type Settings,
  shownAddress,
} from "@trilane/lane-kit";
import { checkRedisRights } from "./check-redis-rights.ts";
import { type Finding, Findings } from "./finding.ts";

/** @param program the one whose rights are tried; null: no right is tried that only some programs need */
export async function checkCache(settings: Settings, program: ProgramWithRights | null): Promise<readonly Finding[]> {
  const findings = new Findings("cache");
  const logger = createLogger("doctor", "silent");
  const dynamodb = createDynamoDb(settings);
  const login = await openCacheLogin(settings, { dynamodb, logger }).catch((error: unknown) => {
    findings.failed(error);
    return null;
  });
  if (login === null) {
    dynamodb.destroy();
    return findings.all();
  }
  const client = createCacheClient(login.settings, { logger, process: "doctor" });
  try {
    await connectCacheClient(client);
    const cache = createCache(settings, client);
    for (const { engine, version, maxmemoryPolicy, maxmemoryBytes } of await cache.describe()) {
      findings.ok(`${shownAddress(settings.cacheUrl)}: ${engine} ${version}, ${maxmemoryPolicy}`);
      if (maxmemoryBytes === 0)
        findings.warning("the cache has no maxmemory; set it below what the machine has, so that it evicts in time");
    }
    if (program !== null) await checkRedisRights(findings, { client, server: "cache", program, name: settings.table });
    // Only operators may list the connections, and the rest of the check needs no right of its own.
    if (program !== null) return findings.all();
    const others = (await connectedProcesses(settings, cache)).filter((name) => name !== "doctor");
    findings.ok(`processes of the table that are connected: ${others.length === 0 ? "none" : others.join(", ")}`);
  } catch (error) {
    const address = shownAddress(settings.cacheUrl);
    const problem = await redisProblemOf(error, { server: "CACHE", url: settings.cacheUrl });
    const text = `${address} (TRILANE_CACHE_URL): ${problem}; lanes and reads go on without a cache, slower`;
    findings.failure(text);
  } finally {
    login.close();
    dynamodb.destroy();
    client.disconnect();
  }
  return findings.all();
}
