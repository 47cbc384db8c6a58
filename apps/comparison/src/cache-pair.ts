/**
 * The cache of a comparison: a primary, and a second server that can be its
 * replica. The two servers exchange their roles at each failover. The replica
 * reaches the primary through a link of its own, which can be cut.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { cacheConfig, type RedisConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { Redis } from "ioredis";
import { startTcpProxy, type TcpProxy } from "@trilane/verification/faults";

/** The memory for copies, beyond that of the empty server; its clients' buffers take some of it as well. */
export const ROOM_BYTES = 1_500_000;

/** The replication backlog takes its bytes from the copies. */
const CONFIG: RedisConfig = { ...cacheConfig(), "repl-backlog-size": "64kb" };
const COMMAND_TIMEOUT_MS = 10_000;
const CATCH_UP_WITHIN_MS = 10_000;
const CATCH_UP_POLL_MS = 20;

export class CachePair {
  readonly #replication: TcpProxy;
  #primary: ServerHandle;
  #replica: ServerHandle;

  static async start(): Promise<CachePair> {
    const started: ServerHandle[] = [];
    const startOne = async (): Promise<ServerHandle> => {
      const server = await startRedis({ name: "compared-cache", config: CONFIG });
      started.push(server);
      return server;
    };
    try {
      const [primary, replica] = [await startOne(), await startOne()];
      return new CachePair(primary, replica, await startTcpProxy({ name: "replication", upstreamPort: primary.port }));
    } catch (error) {
      await Promise.all(started.map((server) => server.stop()));
      throw error;
    }
  }

  private constructor(primary: ServerHandle, replica: ServerHandle, replication: TcpProxy) {
    this.#primary = primary;
    this.#replica = replica;
    this.#replication = replication;
  }

  get primary(): ServerHandle {
    return this.#primary;
  }

  /** Empties both servers, and limits each to the memory for copies. Without a replica nothing follows the primary. */
  async prepare(options: { readonly hasReplica: boolean }): Promise<void> {
    for (const server of [this.#primary, this.#replica]) {
      await withClient(server, async (client) => {
        await client.replicaof("NO", "ONE");
        await client.flushall("SYNC");
        await client.config("RESETSTAT");
        await limitMemory(client);
      });
    }
    if (options.hasReplica) await this.follow();
  }

  /** The number of keys that the primary has evicted since it was prepared. */
  evictions(): Promise<number> {
    return withClient(this.#primary, (client) => numberIn(client, "stats", "evicted_keys"));
  }

  /** The position in the stream of writes, in bytes, up to which the primary has written. */
  primaryOffset(): Promise<number> {
    return withClient(this.#primary, offsetOf);
  }

  /** The position in the stream of writes, in bytes, up to which the replica has received it. */
  replicaOffset(): Promise<number> {
    return withClient(this.#replica, offsetOf);
  }

  /** Cuts the link, so the replica misses all writes until it follows again. */
  cutReplication(): void {
    this.#replication.apply({ kind: "cut" });
  }

  killPrimary(): Promise<void> {
    return this.#primary.kill("SIGKILL");
  }

  /**
   * Makes the replica the primary, with the data that it has. The old primary, if it lives, goes on as a primary until
   * it follows.
   */
  async promote(): Promise<void> {
    await withClient(this.#replica, (client) => client.replicaof("NO", "ONE"));
    [this.#primary, this.#replica] = [this.#replica, this.#primary];
  }

  async restartReplicaEmpty(): Promise<void> {
    await this.#replica.restart({ keepData: false });
    await withClient(this.#replica, limitMemory);
  }

  /**
   * Makes the replica follow the primary. Resolves when it has all data of the primary.
   * @throws Error when that takes longer than ten seconds
   */
  async follow(): Promise<void> {
    this.#replication.apply(null);
    this.#replication.retarget(this.#primary.port);
    const offset = await this.primaryOffset();
    await withClient(this.#replica, async (client) => {
      await client.replicaof("127.0.0.1", this.#replication.port);
      const deadlineMs = performance.now() + CATCH_UP_WITHIN_MS;
      while (!(await hasCaughtUp(client, offset))) {
        if (performance.now() > deadlineMs) throw new Error(`the replica on port ${this.#replica.port} stays behind`);
        await sleep(CATCH_UP_POLL_MS);
      }
    });
  }

  async stop(): Promise<void> {
    await this.#replication.close();
    await Promise.all([this.#primary.stop(), this.#replica.stop()]);
  }
}

/** A replica ignores its limit until it is promoted. */
async function limitMemory(client: Redis): Promise<void> {
  const used = await numberIn(client, "memory", "used_memory");
  await client.config("SET", "maxmemory", used + ROOM_BYTES);
}

async function hasCaughtUp(replica: Redis, offset: number): Promise<boolean> {
  const isLinked = /^master_link_status:up/m.test(await replica.info("replication"));
  return isLinked && (await offsetOf(replica)) >= offset;
}

function offsetOf(client: Redis): Promise<number> {
  return numberIn(client, "replication", "master_repl_offset");
}

async function numberIn(client: Redis, section: string, field: string): Promise<number> {
  return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(await client.info(section))?.[1]);
}

async function withClient<Result>(server: ServerHandle, use: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = new Redis(server.url, { commandTimeout: COMMAND_TIMEOUT_MS, maxRetriesPerRequest: 3 });
  // The error of a command says what a broken connection means for it.
  client.on("error", () => undefined);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}
