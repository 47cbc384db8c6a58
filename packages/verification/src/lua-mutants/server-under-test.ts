/**
 * One server of its own for the checks, with a proxy before it. The caches have
 * connections of their own, whose scripts may carry a bug.
 */
import { cacheConfig, type ServerHandle, startRedis, type StartRedisOptions } from "@trilane/servers";
import { systemClock } from "@trilane/write-through";
import { cacheClientOptions, ValkeyCache } from "@trilane/write-through/valkey";
import { Redis } from "ioredis";
import { startTcpProxy, type TcpProxy } from "../faults/index.ts";
import { type LuaMutant, mutateScripts } from "./lua-mutant.ts";

export type CacheEngine = NonNullable<StartRedisOptions["engine"]>;

export interface OpenedCache {
  readonly cache: ValkeyCache;
  readonly client: Redis;
  readonly prefix: string;
}

/** A command gives up this much later than its latest start. */
const COMMAND_BUDGET_MS = 500;
const COMMAND_TIMEOUT_MS = 700;
/** For caches whose commands must not fail because the machine is busy. */
const PATIENT_MS = 5_000;

export class ServerUnderTest {
  readonly server: ServerHandle;
  readonly proxy: TcpProxy;
  readonly admin: Redis;
  #mutant: LuaMutant | null = null;
  #clients: Redis[] = [];
  #opened = 0;

  static async start(engine: CacheEngine): Promise<ServerUnderTest> {
    const server = await startRedis({ engine, config: cacheConfig("64mb") });
    try {
      const proxy = await startTcpProxy({ name: engine, upstreamPort: server.port });
      const admin = new Redis(server.url, { lazyConnect: true });
      await admin.connect();
      return new ServerUnderTest(server, proxy, admin);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  private constructor(server: ServerHandle, proxy: TcpProxy, admin: Redis) {
    this.server = server;
    this.proxy = proxy;
    this.admin = admin;
  }

  /** From now on caches are opened with this bug; null: without a bug. */
  async use(mutant: LuaMutant | null): Promise<void> {
    this.#mutant = mutant;
    await this.admin.flushall();
  }

  /** Opens a cache with a prefix and a connection of its own, without a guard. */
  async open(): Promise<OpenedCache> {
    return this.#open(PATIENT_MS, PATIENT_MS);
  }

  /** Like {@link open}, with commands that give up soon. */
  async openImpatient(): Promise<OpenedCache> {
    return this.#open(COMMAND_BUDGET_MS, COMMAND_TIMEOUT_MS);
  }

  disconnect(): void {
    for (const client of this.#clients) client.disconnect();
    this.#clients = [];
  }

  async stop(): Promise<void> {
    this.disconnect();
    this.admin.disconnect();
    await this.proxy.close();
    await this.server.stop();
  }

  async #open(commandBudgetMs: number, commandTimeoutMs: number): Promise<OpenedCache> {
    const options = cacheClientOptions({ commandTimeoutMs, connectTimeoutMs: PATIENT_MS });
    const client = new Redis({ ...options, host: "127.0.0.1", port: this.proxy.port });
    this.#clients.push(client);
    client.on("error", ignore);
    await client.connect();
    if (this.#mutant !== null) mutateScripts(client, this.#mutant);
    this.#opened += 1;
    const prefix = `opened-${this.#opened}:`;
    return { cache: new ValkeyCache(client, systemClock, { prefix, commandBudgetMs }), client, prefix };
  }
}

/** A command's reply says what a broken connection means for it. */
function ignore(): void {
  // Without a listener the error would end the process.
}
