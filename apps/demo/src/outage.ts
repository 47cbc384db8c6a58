/**
 * Takes one server of the demo away in the middle, and brings it back.
 *
 * - `store`: DynamoDB Local keeps running, and a proxy between it and every
 *   process resets and refuses all connections. If it were killed it would lose
 *   its tables, which it holds in memory.
 * - `cache`: a server of the demo's own is killed (SIGKILL) and started again,
 *   empty, on its port.
 * - `queue`: the same, but it is started again on its append-only file.
 */
import type { Settings } from "@trilane/lane-kit";
import { cacheConfig, queueConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { startTcpProxy } from "@trilane/verification/faults";
import { DemoUsageError } from "./demo-usage-error.ts";

export type OutageServer = "store" | "cache" | "queue";

export interface Outage {
  readonly server: OutageServer;
  /** How the server is taken away, for the report. */
  readonly how: string;
  /** The address of the server for the demo and its processes. */
  readonly settings: Partial<Settings>;
  readonly environment: Readonly<Record<string, string>>;
  begin(): Promise<void>;
  end(): Promise<void>;
  close(): Promise<void>;
}

const OUTAGES: Readonly<Record<OutageServer, (settings: Settings) => Promise<Outage>>> = {
  store: cutOffStore,
  async cache() {
    const server = await startRedis({ name: "cache", config: cacheConfig() });
    const how = "killed, started again empty";
    const address = { settings: { cacheUrl: server.url }, environment: { TRILANE_CACHE_URL: server.url } };
    return { server: "cache", how, ...address, ...killing(server, { keepData: false }) };
  },
  async queue() {
    const server = await startRedis({ name: "queue", config: queueConfig });
    const how = "killed, started again on its append-only file";
    const address = { settings: { queueUrl: server.url }, environment: { TRILANE_QUEUE_URL: server.url } };
    return { server: "queue", how, ...address, ...killing(server, { keepData: true }) };
  },
};

/** Prepares the outage, which starts only at `begin`. @throws DemoUsageError */
export function prepareOutage(server: OutageServer, settings: Settings): Promise<Outage> {
  return OUTAGES[server](settings);
}

function killing(
  server: ServerHandle,
  restart: { readonly keepData: boolean },
): Pick<Outage, "begin" | "end" | "close"> {
  return {
    begin: () => server.kill("SIGKILL"),
    end: () => server.restart(restart),
    close: () => server.stop(),
  };
}

async function cutOffStore({ dynamodbEndpoint }: Settings): Promise<Outage> {
  if (dynamodbEndpoint === undefined)
    throw new DemoUsageError("--outage store needs a local store: set TRILANE_DYNAMODB_ENDPOINT");
  const { hostname, port } = new URL(dynamodbEndpoint);
  const proxy = await startTcpProxy({ name: "dynamodb", host: hostname, upstreamPort: Number(port) });
  const endpoint = `http://${hostname}:${proxy.port}`;
  return {
    server: "store",
    how: "cut off: its connections reset, new ones refused",
    settings: { dynamodbEndpoint: endpoint },
    environment: { TRILANE_DYNAMODB_ENDPOINT: endpoint },
    begin: () => Promise.resolve(proxy.apply({ kind: "cut" })),
    end: () => Promise.resolve(proxy.apply(null)),
    close: () => proxy.close(),
  };
}
