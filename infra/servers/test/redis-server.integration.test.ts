/** One Valkey or Redis server: both engines, faults, restarts, replicas. */
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { listenersOf } from "../src/process-table.ts";
import { cacheConfig, queueConfig, startRedis } from "../src/redis-server.ts";
import { fetchServers } from "../src/fetch-servers.ts";
import { expectGone } from "./fixtures/expect-gone.ts";

const fetched = await fetchServers();
const engines = (["valkey", "redis"] as const).filter((engine) => fetched[engine].available);

function connect(url: string): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null, commandTimeout: 1000 });
  client.on("error", () => {});
  return client;
}

async function once<Result>(url: string, use: (client: Redis) => Promise<Result>): Promise<Result> {
  const client = connect(url);
  try {
    return await use(client);
  } finally {
    client.disconnect();
  }
}

describe.each(engines)("%s", (engine) => {
  it("is the asked-for engine, on the loopback interface only, and leaves nothing", async () => {
    const server = await startRedis({ engine, config: cacheConfig("64mb") });
    const { pid, port } = server;
    const information = await once(server.url, (client) => client.info("server"));
    expect(information).toContain(`${engine === "valkey" ? "valkey" : "redis"}_version:${server.version}`);
    expect(information).toContain(`process_id:${pid}`);
    expect(await listenersOf(pid)).toEqual([{ address: "127.0.0.1", port }]);
    const policy = await once(server.url, (client) => client.config("GET", "maxmemory*"));
    expect(policy).toEqual(expect.arrayContaining(["maxmemory", "67108864", "maxmemory-policy", "volatile-lru"]));
    await server.stop();
    await server.stop();
    await expectGone({ pids: [pid], ports: [port] });
  });

  it("restarts empty or with its data on the same port, after kill -9", async () => {
    const server = await startRedis({ engine, config: queueConfig });
    const { pid, port } = server;
    await once(server.url, (client) => client.set("key", "kept"));
    await server.restart({ keepData: true });
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await once(server.url, (client) => client.get("key"))).toBe("kept");
    await server.kill("SIGKILL");
    expect(server.running).toBe(false);
    await server.restart({ keepData: false });
    expect(await once(server.url, (client) => client.get("key"))).toBeNull();
    await server.stop();
  });
});

describe("startRedis", () => {
  it("pauses and resumes a process, and stops a paused one", async () => {
    const server = await startRedis();
    await server.kill("SIGSTOP");
    await expect(once(server.url, (client) => client.ping())).rejects.toThrow();
    await server.kill("SIGCONT");
    expect(await once(server.url, (client) => client.ping())).toBe("PONG");
    await server.kill("SIGSTOP");
    await server.stop();
    await expectGone({ pids: [server.pid], ports: [server.port] });
  });

  it("builds a replica by configuration", async () => {
    const primary = await startRedis();
    const replica = await startRedis({ config: { replicaof: `127.0.0.1 ${primary.port}` } });
    const link = (): Promise<string> => once(replica.url, (client) => client.info("replication"));
    await expect.poll(link, { timeout: 4000 }).toContain("master_link_status:up");
    await Promise.all([replica.stop(), primary.stop()]);
  });

  it("refuses to keep data that lives in memory only", async () => {
    const server = await startRedis();
    await expect(server.restart({ keepData: true })).rejects.toMatchObject({ code: "data-not-kept" });
    await server.stop();
    await expect(server.restart({ keepData: false })).rejects.toMatchObject({ code: "not-running" });
  });

  it("takes the given port or says that it is taken", async () => {
    const first = await startRedis();
    await expect(startRedis({ port: first.port })).rejects.toMatchObject({ code: "port-taken" });
    await first.stop();
    const second = await startRedis({ port: first.port });
    expect(second.port).toBe(first.port);
    await second.stop();
  });

  it("quotes the server's own words when it ends before it was ready", async () => {
    const failing = startRedis({ config: { "no-such-directive": "1" } });
    await expect(failing).rejects.toMatchObject({
      code: "exited",
      message: expect.stringContaining("no-such-directive"),
    });
  });
});
