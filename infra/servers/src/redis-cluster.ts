/**
 * A Valkey or Redis cluster on the loopback interface, for tests: primaries
 * that share the slots evenly, each with replicas, and the handles of all.
 *
 * A node that is restarted with its data finds what it knew of the cluster, and
 * an empty memory unless its configuration has persistence. A primary that was
 * killed comes back as the replica of the node that took its place.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { messageOf, ServersError } from "./errors.ts";
import { freePort } from "./free-port.ts";
import type { ServerHandle } from "./native-server.ts";
import { type RedisConfig, startRedis } from "./redis-server.ts";
import type { RedisEngine } from "./server-names.ts";

export interface StartRedisClusterOptions {
  /** Without it, Valkey where there is a binary of it, otherwise Redis. */
  readonly engine?: RedisEngine;
  /** Default 3, because a majority of the other primaries must see a primary's death. */
  readonly primaries?: number;
  /** Default 1. */
  readonly replicasEach?: number;
  /** The configuration of every node, in addition to the settings of a cluster. */
  readonly config?: RedisConfig;
  /**
   * Milliseconds without an answer after which a node counts as failed; default 1,000. It must be long where no death
   * is wanted, because a busy machine pauses nodes.
   */
  readonly nodeTimeoutMs?: number;
}

export interface RedisClusterHandle {
  /** The primaries at the start, in the order of their slots. */
  readonly primaries: readonly ServerHandle[];
  /** The replicas of each primary, in the same order. */
  readonly replicas: readonly (readonly ServerHandle[])[];
  readonly nodes: readonly ServerHandle[];
  /** Addresses of all nodes, separated by commas. */
  readonly url: string;
  /** Resolves when every node that runs sees every slot served. @throws ServersError `not-ready` */
  untilOk(): Promise<void>;
  /** Ends all nodes and removes their data. Idempotent. */
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const readyWithinMs = 20_000;
const pollMs = 25;
const nodeTimeoutMsDefault = 1_000;
const commandTimeoutMs = 1_000;

/** @throws ServersError as {@link startRedis}; `not-ready` when the nodes do not become a cluster */
export async function startRedisCluster(options: StartRedisClusterOptions = {}): Promise<RedisClusterHandle> {
  const { primaries = 3, replicasEach = 1 } = options;
  const directory = await mkdtemp(join(tmpdir(), "trilane-cluster-"));
  const nodes: ClusterNode[] = [];
  const stop = async (): Promise<void> => {
    for (const { admin } of nodes) admin.disconnect();
    await Promise.all(nodes.map(({ server }) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    for (let index = 0; index < primaries * (1 + replicasEach); index += 1) {
      nodes.push(await startNode(options, join(directory, String(index))));
    }
    await formCluster(nodes, primaries);
    const all = nodes.map(({ server }) => server);
    const untilOk = (): Promise<void> => until("the cluster is ok", () => areOk(nodes, primaries));
    await untilOk();
    return {
      primaries: all.slice(0, primaries),
      replicas: all
        .slice(0, primaries)
        .map((_, at) => all.slice(primaries).filter((__, index) => index % primaries === at)),
      nodes: all,
      url: all.map(({ url }) => url).join(","),
      untilOk,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface ClusterNode {
  readonly server: ServerHandle;
  readonly busPort: number;
  readonly admin: Redis;
}

async function startNode(options: StartRedisClusterOptions, dataDirectory: string): Promise<ClusterNode> {
  const busPort = await freePort();
  const config: RedisConfig = {
    save: '""',
    appendonly: "no",
    // A replica whose memory was lost must not start with the file that it received from its primary.
    "rdb-del-sync-files": "yes",
    ...options.config,
    "cluster-enabled": "yes",
    "cluster-port": String(busPort),
    "cluster-node-timeout": String(options.nodeTimeoutMs ?? nodeTimeoutMsDefault),
    // A replica stands for election, however long its primary has been gone.
    "cluster-replica-validity-factor": "0",
    "cluster-allow-replica-migration": "no",
  };
  const engine = options.engine === undefined ? {} : { engine: options.engine };
  const server = await startRedis({ ...engine, config, dataDirectory, name: "cluster" });
  const admin = new Redis(server.url, { maxRetriesPerRequest: 0, commandTimeout: commandTimeoutMs });
  // A test has killed the node; the connection comes back with it.
  admin.on("error", () => {});
  return { server, busPort, admin };
}

/** The first `primaries` nodes share the slots; the others become their replicas, in turn. */
async function formCluster(nodes: readonly ClusterNode[], primaries: number): Promise<void> {
  const ids = await Promise.all(nodes.map(async ({ admin }) => String(await admin.call("CLUSTER", "MYID"))));
  for (const [index, { admin }] of nodes.slice(0, primaries).entries()) {
    const first = Math.ceil((index * SLOTS) / primaries);
    const last = Math.ceil(((index + 1) * SLOTS) / primaries) - 1;
    await admin.call("CLUSTER", "ADDSLOTSRANGE", first, last);
    await admin.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
  }
  const [introducer, ...others] = nodes;
  for (const { server, busPort } of others) {
    await introducer?.admin.call("CLUSTER", "MEET", "127.0.0.1", server.port, busPort);
  }
  await until("the nodes know one another", async () => {
    const views = await Promise.all(nodes.map(async ({ admin }) => String(await admin.call("CLUSTER", "NODES"))));
    return views.every((view) => !view.includes("handshake") && ids.every((id) => view.includes(id)));
  });
  for (const [index, { admin }] of nodes.slice(primaries).entries()) {
    await admin.call("CLUSTER", "REPLICATE", ids[index % primaries] ?? "");
  }
}

/**
 * True when every node that runs sees all slots served and every replica in its primary's shard, and every replica has
 * its primary's data. A node that sees its replicas in a shard of their own writes that into its `nodes.conf`, and
 * Valkey 8.0 refuses such a file as corrupt when it starts again.
 */
async function areOk(nodes: readonly ClusterNode[], primaries: number): Promise<boolean> {
  const running = nodes.filter(({ server }) => server.running);
  const states = await Promise.all(
    running.map(async ({ admin }) => {
      const cluster = String(await admin.call("CLUSTER", "INFO"));
      const shards = (await admin.call("CLUSTER", "SHARDS")) as readonly unknown[];
      const replication = await admin.info("replication");
      const isLinked = replication.includes("role:master") || replication.includes("master_link_status:up");
      const isServed = cluster.includes("cluster_state:ok") && cluster.includes(`cluster_slots_ok:${SLOTS}`);
      return isLinked && isServed && shards.length === primaries;
    }),
  );
  return states.every(Boolean);
}

/** @throws ServersError `not-ready` */
async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + readyWithinMs;
  let last = "no";
  while (performance.now() < deadlineMs) {
    try {
      if (await isTrue()) return;
    } catch (error) {
      last = messageOf(error);
    }
    await sleep(pollMs);
  }
  throw new ServersError("not-ready", `not within ${readyWithinMs} ms: ${what}: ${last}`);
}
