/** Runs the requested servers as native processes, and starts all of them at once. */
import { startDynamoDb } from "./dynamodb-server.ts";
import type { FetchedServers } from "./fetch-servers.ts";
import { startKafka } from "./kafka-server.ts";
import type { ServerHandle } from "./native-server.ts";
import { cacheConfig, queueConfig, startRedis } from "./redis-server.ts";
import { startS3 } from "./s3-server.ts";
import type { ServerName } from "./server-names.ts";
import type { StartedServers, StartRequest } from "./server-set.ts";

/**
 * @throws ServersError the first failure, after the others were stopped.
 */
export async function startNativeServers(request: StartRequest, fetched: FetchedServers): Promise<StartedServers> {
  noteFallback(request, fetched);
  const results = await Promise.allSettled(request.names.map((name) => startOne(name, request)));
  const handles = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(handles.map(({ handle }) => handle.stop()));
  };
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const servers = handles.map(({ name, handle }) => ({
    name,
    engine: handle.engine,
    version: handle.version,
    address: handle.url,
    pid: handle.pid,
    how: "native" as const,
  }));
  return { servers, stop };
}

function noteFallback(request: StartRequest, fetched: FetchedServers): void {
  const asksForRedis = request.names.includes("cache") || request.names.includes("queue");
  if (!asksForRedis || request.cacheEngine !== undefined || fetched.valkey.available) return;
  request.progress.note(
    `  ! cache and queue run on Redis, not on Valkey: ${fetched.valkey.reason} (without .trilane/servers it is tried again)`,
  );
}

async function startOne(name: ServerName, request: StartRequest): Promise<{ name: ServerName; handle: ServerHandle }> {
  const handle = await request.progress.step(
    `start ${name}`,
    () => launch(name, request),
    (server) => `${server.engine} ${server.version}  ${server.url}  pid ${server.pid}`,
  );
  return { name, handle };
}

function launch(name: ServerName, request: StartRequest): Promise<ServerHandle> {
  const engine = request.cacheEngine === undefined ? {} : { engine: request.cacheEngine };
  switch (name) {
    case "kafka":
      return startKafka();
    case "dynamodb":
      return startDynamoDb();
    case "s3":
      return startS3({ credentials: request.credentials });
    case "cache":
      return startRedis({ ...engine, name, config: cacheConfig(request.cacheMaxmemory) });
    case "queue":
      return startRedis({ ...engine, name, config: queueConfig });
  }
}
