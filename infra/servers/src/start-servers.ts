/**
 * Brings a set of servers up and takes it down. For each server, in this order:
 * an address given in the environment is used as it is; where a Docker daemon
 * answers, the server comes from docker-compose.yml; otherwise it runs
 * natively.
 *
 * Nothing is left behind: a start that fails takes down what it had started,
 * and servers end with this process, however it ends.
 */
import { readServersConfig } from "./config.ts";
import type { AwsCredentials, Environment, Runtime, ServersConfig } from "./config.ts";
import { dockerAnswers, startComposeServers } from "./compose-servers.ts";
import { fetchServers } from "./fetch-servers.ts";
import { startNativeServers } from "./native-servers.ts";
import { createProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";
import { cacheMemoryDefault } from "./redis-server.ts";
import { addressVariables, serverNames } from "./server-names.ts";
import type { RedisEngine, ServerName } from "./server-names.ts";
import type { ServerDescription, StartedServers, StartRequest } from "./server-set.ts";

export interface StartServersOptions<Name extends ServerName = ServerName> {
  /** Without it, all five. */
  readonly only?: readonly Name[];
  /** The engine of the cache and the queue. Without it, Valkey where there is a binary of it, otherwise Redis. */
  readonly cacheEngine?: RedisEngine;
  /** In the form of the `maxmemory` directive; default 256mb. */
  readonly cacheMaxmemory?: string;
  /** Without it, TRILANE_SERVERS_RUNTIME, otherwise Docker where its daemon answers. */
  readonly runtime?: Runtime;
  /** Default: one line per step on standard error. */
  readonly progress?: Progress;
  /** Default: the environment of this process. */
  readonly environment?: Environment;
}

export interface RunningServers<Name extends ServerName = ServerName> {
  /** Kafka: `host:port`; DynamoDB and S3: `http://host:port`; cache and queue: `redis://host:port`. */
  readonly endpoints: Readonly<Record<Name, string>>;
  /** For a process that uses the servers: the TRILANE_* addresses and AWS_* credentials. */
  readonly env: Readonly<Record<string, string>>;
  readonly servers: readonly ServerDescription[];
  /** One line per server. */
  describe(): readonly string[];
  /** Takes down the servers that were started here; given addresses are left alone. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Resolves when every server has answered by its own protocol.
 * @throws ServersError the first failure; nothing is left running then.
 */
export async function startServers<Name extends ServerName = ServerName>(
  options: StartServersOptions<Name> = {},
): Promise<RunningServers<Name>> {
  const config = readServersConfig(options.environment);
  const wanted: readonly ServerName[] = options.only ?? serverNames;
  const given = wanted.flatMap((name) => describeGiven(name, config));
  const request: StartRequest = {
    names: wanted.filter((name) => !config.given.has(name)),
    cacheEngine: options.cacheEngine,
    cacheMaxmemory: options.cacheMaxmemory ?? cacheMemoryDefault,
    credentials: config.credentials,
    progress: options.progress ?? createProgress(),
  };
  const started = await startMissing(request, options.runtime ?? config.runtime);
  const servers = [...given, ...started.servers].toSorted(
    (left, right) => serverNames.indexOf(left.name) - serverNames.indexOf(right.name),
  );
  return {
    endpoints: endpointsOf<Name>(servers),
    env: environmentOf(servers, config.credentials),
    servers,
    describe: () => servers.map(describeServer),
    stop: () => started.stop(),
  };
}

/** `dynamodb  dynamodb-local 3.3.1  http://127.0.0.1:18000  native  pid 4711` */
export function describeServer(server: ServerDescription): string {
  const fields = [
    server.name.padEnd(8),
    `${server.engine} ${server.version}`.trim().padEnd(20),
    server.address,
    server.how,
  ];
  return [...fields, ...(server.pid === undefined ? [] : [`pid ${server.pid}`])].join("  ");
}

async function startMissing(request: StartRequest, runtime: Runtime | undefined): Promise<StartedServers> {
  if (request.names.length === 0) return { servers: [], stop: async () => {} };
  const docker = runtime === undefined ? await dockerAnswers() : runtime === "docker";
  if (docker) return await startComposeServers(request);
  const fetched = await fetchServers({ progress: request.progress });
  return await startNativeServers(request, fetched);
}

function describeGiven(name: ServerName, config: ServersConfig): readonly ServerDescription[] {
  const address = config.given.get(name);
  if (address === undefined) return [];
  return [{ name, engine: "given by", version: addressVariables[name], address, pid: undefined, how: "environment" }];
}

function endpointsOf<Name extends ServerName>(servers: readonly ServerDescription[]): Record<Name, string> {
  return Object.fromEntries(servers.map(({ name, address }) => [name, address])) as Record<Name, string>;
}

function environmentOf(servers: readonly ServerDescription[], credentials: AwsCredentials): Record<string, string> {
  return {
    ...Object.fromEntries(servers.map(({ name, address }) => [addressVariables[name], address])),
    AWS_REGION: credentials.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
