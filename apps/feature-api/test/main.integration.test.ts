/** The process over real servers, with a table and a cache of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  createDynamoDb,
  createLogger,
  loadSettings,
  makeToken,
  openPlatform,
  type Platform,
  tokenDigest,
} from "@trilane/lane-kit";
import { cacheConfig, freePort, type ServerHandle, startDynamoDb, startRedis } from "@trilane/servers";
import { applyTable, DynamoCacheEpoch } from "@trilane/write-through/dynamodb";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../trilane.config.ts", import.meta.url));
const RECONNECT = { timeout: 20_000, interval: 50 };
const FLIGHT = { origin: "SEA", destination: "SFO", date: "2001-05-31T23:58:00Z", delay: 7, distance: 679 };

let cache: ServerHandle;
/** This store belongs to the test alone, so that it can be stopped. */
let store: ServerHandle;
let platform: Platform;
let api: ChildProcess;
let url: string;
let environment: NodeJS.ProcessEnv;
let healthPort: number;

beforeAll(async () => {
  [cache, store] = await Promise.all([startRedis({ name: "cache", config: cacheConfig() }), startDynamoDb()]);
  healthPort = await freePort();
  const table = `t-${randomBytes(6).toString("hex")}`;
  environment = {
    ...process.env,
    TRILANE_TABLE: table,
    TRILANE_CACHE_URL: cache.url,
    TRILANE_DYNAMODB_ENDPOINT: store.url,
    TRILANE_CONFIG: CONFIG,
    TRILANE_API_PORT: "0",
    TRILANE_HEALTH_PORT: String(healthPort),
  };
  const settings = loadSettings(environment);
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, table);
  dynamodb.destroy();
  platform = await openPlatform({ name: "test", settings, logger: createLogger("test", "silent") });
  await platform.writer.write("routes", [FLIGHT], { lane: "on-demand" });
  api = spawn(process.execPath, [MAIN], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  url = await listening(api);
});

afterAll(async () => {
  api.kill("SIGKILL");
  await platform.close();
  await Promise.all([cache.stop(), store.stop()]);
});

async function listening({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new TypeError("no stdout");
  const [line] = (await once(createInterface({ input: stdout }), "line")) as [string];
  return (JSON.parse(line) as { listening: string }).listening;
}

async function read(path: string, body?: object): Promise<{ status: number; headers: Headers; body: unknown }> {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function ready(): Promise<number> {
  return (await fetch(`http://127.0.0.1:${healthPort}/health/ready`)).status;
}

describe("the process", () => {
  it("refuses another address without a token, with the remedy", async () => {
    const env = { ...environment, TRILANE_HOST: "0.0.0.0", TRILANE_HEALTH_PORT: "" };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "ignore", "pipe"] });
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(2);
    expect(log).toContain("TRILANE_API_TOKEN");
  });

  it("refuses no request of a client while its token is renewed, and logs all of them without a token", async () => {
    const folder = mkdtempSync(join(tmpdir(), "trilane-tokens-"));
    const path = join(folder, "access.json");
    const [first, renewed] = [makeToken(), makeToken()];
    const writeTokens = (...tokens: readonly string[]): void => {
      const digests = tokens.map((token) => tokenDigest(token).toString("hex"));
      const clients = [{ name: "ranking", tokens: digests, rights: { routes: ["read"] } }];
      writeFileSync(path, JSON.stringify({ clients }));
    };
    writeTokens(first);
    const env = { ...environment, TRILANE_ACCESS_FILE: path, TRILANE_HEALTH_PORT: "", TRILANE_LOG_LEVEL: "warn" };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    });
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const own = await listening(child);
    const statusWith = async (token: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${own}/v1/features/routes?origin=SEA&destination=SFO`, { headers })).status;
    };
    let [present, isOver, asked] = [first, false, 0];
    const asking = (async () => {
      for (; !isOver; asked += 1) expect(await statusWith(present)).toBe(200);
    })();
    writeTokens(first, renewed);
    await vi.waitFor(async () => expect(await statusWith(renewed)).toBe(200), RECONNECT);
    expect(await statusWith(first)).toBe(200);
    present = renewed;
    writeTokens(renewed);
    await vi.waitFor(async () => expect(await statusWith(first)).toBe(401), RECONNECT);
    isOver = true;
    await asking;
    expect(asked).toBeGreaterThan(5);
    expect(await statusWith(renewed)).toBe(200);
    const ended = once(child, "close");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    const lines = log.split("\n").filter((line) => line.includes('"msg":"access"'));
    expect(lines.filter((line) => line.includes('"client":"ranking"')).length).toBeGreaterThan(asked);
    expect(lines.at(-1)).toContain('"status":200');
    for (const secret of [first, renewed, "SFO", '"delay"']) expect(log).not.toContain(secret);
  });

  it("sees every write at once: single, batch and explained", async () => {
    const path = "/v1/features/routes?origin=SEA&destination=SFO&explain=true";
    expect(await read(path)).toMatchObject({
      status: 200,
      body: {
        status: "found",
        features: { delay: 7, distance: 679 },
        eventTime: "2001-05-31T23:58:00Z",
        explanation: { verdict: "agree", store: { state: "record" } },
      },
    });
    for (let minute = 10; minute < 30; minute += 1) {
      const date = `2001-06-01T00:${minute}:00.000001Z`;
      await platform.writer.write("routes", [{ ...FLIGHT, date, delay: minute }], { lane: "stream" });
      const keys = [
        { origin: "SEA", destination: "SFO" },
        { origin: "SEA", destination: "nowhere" },
      ];
      expect(await read("/v1/features/routes/batch", { keys })).toMatchObject({
        status: 200,
        body: { results: [{ features: { delay: minute }, eventTime: date }, { status: "absent" }] },
      });
    }
  });

  it("goes on by the store when the cache is gone or has lost its data, and by the cache when it is back", async () => {
    const path = "/v1/features/routes?origin=SEA&destination=SFO";
    const newest = { features: { delay: 29 }, eventTime: "2001-06-01T00:29:00.000001Z" };
    expect(await ready()).toBe(200);
    await cache.kill("SIGKILL");
    expect(await ready()).toBe(200);
    expect(await read(path)).toMatchObject({ status: 200, body: { ...newest, source: "store" } });
    await cache.restart({ keepData: false });
    const date = "2001-06-01T01:00:00Z";
    await vi.waitFor(async () => {
      const receipts = await platform.writer.write("routes", [{ ...FLIGHT, date, delay: 99 }], { lane: "stream" });
      expect(["applied", "duplicate"]).toContain(receipts[0]?.status);
    }, RECONNECT);
    expect(await read(path)).toMatchObject({ status: 200, body: { features: { delay: 99 } } });
    await vi.waitFor(async () => {
      expect(await read(path)).toMatchObject({ status: 200, body: { features: { delay: 99 }, source: "cache" } });
    }, RECONNECT);
  });

  it("answers probes at the port of health alone", async () => {
    expect((await read("/health/ready")).status).toBe(404);
  });

  it("is ready while the cache is held off, and not without the store", async () => {
    const dynamodb = createDynamoDb(platform.settings);
    onTestFinished(() => dynamodb.destroy());
    const cacheEpochs = new DynamoCacheEpoch(dynamodb, { table: platform.settings.table });
    const { record: from } = await cacheEpochs.readCacheEpoch();
    if (from === null) throw new TypeError("there is no cache epoch");
    // As `trilane cache off` does.
    await cacheEpochs.changeCacheEpoch(from, { ...from, epoch: from.epoch + 1, mode: "off", isHeld: true });
    await vi.waitFor(async () => {
      const path = "/v1/features/routes?origin=SEA&destination=SFO";
      expect(await read(path)).toMatchObject({ status: 200, body: { source: "store" } });
    }, RECONNECT);
    expect(await ready()).toBe(200);
    await store.kill("SIGKILL");
    await vi.waitFor(async () => expect(await ready()).toBe(503), RECONNECT);
    expect(await read("/v1/features/routes?origin=SEA&destination=SFO")).toMatchObject({ status: 503 });
  });

  it("ends with code 0 on a signal", async () => {
    const ended = once(api, "exit");
    api.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
  });
});
