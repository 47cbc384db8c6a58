/**
 * The five real servers of a run, which this process can kill and pause, and a
 * proxy on every link between one of the run's clients and a server. Store,
 * broker, S3 and queue keep their data when they are killed; the cache is never
 * killed here, because it would lose everything.
 */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  cacheConfig,
  freePort,
  localCredentials,
  queueConfig,
  type RedisEngine,
  type ServerHandle,
  startDynamoDb,
  startKafka,
  startRedis,
  startS3,
} from "@trilane/servers";
import { startTcpProxy, type TcpProxy } from "@trilane/verification/faults";
import { openTortureSecurity, type TortureSecurity } from "./torture-security.ts";

export type ServerName = "kafka" | "dynamodb" | "s3" | "cache" | "queue";
export type ClientName = "stream" | "batch" | "worker" | "reader" | "api" | "conductor";

export interface Link {
  readonly client: ClientName;
  readonly server: ServerName;
  readonly proxy: TcpProxy;
}

export interface TortureServers {
  readonly servers: Readonly<Record<ServerName, ServerHandle>>;
  readonly links: readonly Link[];
  /** The addresses for a process of the run, each through the process's own proxies. */
  environmentOf(client: ClientName): Readonly<Record<string, string>>;
  /** Null: the processes come by open ways. */
  readonly security: TortureSecurity | null;
  /** For the conductor itself: the servers without proxies, except for the cache, which moves at a failover. */
  readonly directEnvironment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Says which client speaks with which server. */
const LINKS: Readonly<Record<ClientName, readonly ServerName[]>> = {
  stream: ["cache", "dynamodb", "kafka"],
  batch: ["cache", "dynamodb", "s3"],
  worker: ["cache", "dynamodb", "queue"],
  reader: ["cache", "dynamodb"],
  api: ["cache", "dynamodb"],
  // The conductor reads the end state; it reaches the store, the broker and the queue directly.
  conductor: ["cache"],
};

/** It survives a kill of the store, as a disk does, and is several times faster for DynamoDB Local. */
const MEMORY_DISK = "/dev/shm";

const VARIABLES: Readonly<Record<ServerName, string>> = {
  kafka: "TRILANE_KAFKA_BROKERS",
  dynamodb: "TRILANE_DYNAMODB_ENDPOINT",
  s3: "TRILANE_S3_ENDPOINT",
  cache: "TRILANE_CACHE_URL",
  queue: "TRILANE_QUEUE_URL",
};

export interface TortureServersOptions {
  /** The name of the run, which its table, topic, consumer group and queue have too. */
  readonly run: string;
  /** The processes come by TLS and login, each with the rights of its program alone. */
  readonly secured?: boolean;
  readonly engine?: RedisEngine;
  /** Whether the cache can be restarted with its saved data. */
  readonly keepsCacheData?: boolean;
}

export async function startTortureServers(options: TortureServersOptions): Promise<TortureServers> {
  const directory = await mkdtemp(join(existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir(), "trilane-torture-"));
  const [storeDirectory, cacheDirectory] = [join(directory, "store"), join(directory, "cache")];
  await Promise.all([mkdir(storeDirectory), mkdir(cacheDirectory)]);
  const cacheData = options.keepsCacheData === true ? { dataDirectory: cacheDirectory } : {};
  const cleanups: (() => Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const clean of cleanups.splice(0).toReversed()) await clean();
  };
  try {
    const kept = async <Resource>(
      starting: Promise<Resource>,
      end: (made: Resource) => Promise<void>,
    ): Promise<Resource> => {
      const made = await starting;
      cleanups.push(() => end(made));
      return made;
    };
    const brokerPort = await freePort();
    const kafkaProxy = await kept(startTcpProxy({ name: "stream-kafka", upstreamPort: brokerPort }), (proxy) =>
      proxy.close(),
    );
    const engine = options.engine === undefined ? {} : { engine: options.engine };
    const proxied = { port: brokerPort, advertisedPort: kafkaProxy.port };
    const security =
      options.secured === true
        ? await kept(openTortureSecurity({ run: options.run, kafkaProxy }), (made) => made.close())
        : null;
    const [cacheSettings, queueSettings] = [
      { ...cacheConfig(), ...security?.configOf("cache") },
      { ...queueConfig, ...security?.configOf("queue") },
    ];
    const started = await Promise.allSettled([
      kept(startKafka(security === null ? { proxied } : { proxied, secured: security.kafka }), (server) =>
        server.stop(),
      ),
      kept(startDynamoDb({ dataDirectory: storeDirectory }), (server) => server.stop()),
      kept(startS3(), (server) => server.stop()),
      kept(startRedis({ ...engine, ...cacheData, name: "cache", config: cacheSettings }), (server) => server.stop()),
      kept(startRedis({ ...engine, name: "queue", config: queueSettings }), (server) => server.stop()),
    ]);
    const servers = serversOf(started);
    await security?.openGates(servers);
    const portOf = (client: ClientName, server: Exclude<ServerName, "kafka">): number =>
      (client === "conductor" ? undefined : security?.portOf(server)) ?? servers[server].port;
    const links: Link[] = [];
    for (const [client, names] of Object.entries(LINKS) as [ClientName, readonly ServerName[]][]) {
      for (const server of names) {
        const name = `${client}-${server}`;
        const proxy =
          server === "kafka"
            ? kafkaProxy
            : await kept(startTcpProxy({ name, upstreamPort: portOf(client, server) }), (made) => made.close());
        links.push({ client, server, proxy });
      }
    }
    const direct = Object.values(servers).map(({ url }, index) => [VARIABLES[SERVER_NAMES[index] ?? "kafka"], url]);
    const directEnvironment = {
      ...credentials(),
      ...(Object.fromEntries(direct) as Record<string, string>),
      ...proxiedAddresses(links, "conductor"),
    };
    return {
      servers,
      links,
      security,
      directEnvironment,
      environmentOf: (client) => ({
        ...directEnvironment,
        ...proxiedAddresses(links, client),
        ...security?.environmentOf(client, portsOf(links, client)),
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const SERVER_NAMES: readonly ServerName[] = ["kafka", "dynamodb", "s3", "cache", "queue"];

/** @throws the first failure to start */
function serversOf(started: readonly PromiseSettledResult<ServerHandle>[]): Readonly<Record<ServerName, ServerHandle>> {
  const entries = started.map((result, index) => {
    if (result.status === "rejected") throw result.reason;
    return [SERVER_NAMES[index], result.value];
  });
  return Object.fromEntries(entries) as Record<ServerName, ServerHandle>;
}

function proxiedAddresses(links: readonly Link[], client: ClientName): Readonly<Record<string, string>> {
  const own = links.filter((link) => link.client === client);
  return Object.fromEntries(own.map(({ server, proxy }) => [VARIABLES[server], urlOf(server, proxy.port)]));
}

/** The ports of a client's own proxies. */
function portsOf(links: readonly Link[], client: ClientName): Readonly<Partial<Record<ServerName, number>>> {
  const own = links.filter((link) => link.client === client);
  return Object.fromEntries(own.map(({ server, proxy }) => [server, proxy.port]));
}

function urlOf(server: ServerName, port: number): string {
  const address = `127.0.0.1:${port}`;
  if (server === "kafka") return address;
  return server === "cache" || server === "queue" ? `redis://${address}` : `http://${address}`;
}

function credentials(): Readonly<Record<string, string>> {
  const { region, accessKeyId, secretAccessKey } = localCredentials;
  return { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}
