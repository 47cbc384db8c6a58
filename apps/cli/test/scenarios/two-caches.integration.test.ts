/**
 * Two caches for one table, on real servers: the second is refused by name, and
 * a move takes three commands.
 */
import { once } from "node:events";
import { cacheConfig, type ServerHandle, startRedis } from "@trilane/servers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Ended, ownEnvironment, ownNames, startTrilane, trilane } from "../trilane-command.ts";

const WITHIN = { timeout: 60_000, interval: 200 };
const names = ownNames();
const RECORD = JSON.stringify({ origin: "SEA", destination: "SFO", date: "2001-06-30", delay: 3, distance: 679 });

/** They are ended whatever the result of the test is. */
const started: ReturnType<typeof startTrilane>[] = [];
let caches: readonly ServerHandle[] = [];
beforeAll(async () => {
  caches = await Promise.all([1, 2].map(() => startRedis({ name: "cache", config: cacheConfig() })));
  expect(await run(0, "apply")).toMatchObject({ code: 0 });
});
afterAll(async () => {
  for (const child of started) child.kill("SIGKILL");
  await Promise.all(caches.map((cache) => cache.stop()));
});

function environmentOf(cache: number, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return ownEnvironment({ ...names, TRILANE_CACHE_URL: caches[cache]?.url, ...more });
}

function run(cache: number, ...args: string[]): Promise<Ended> {
  return trilane(environmentOf(cache), args);
}

async function statusOf(cache: number): Promise<{ cacheEpoch: { epoch: number; mode: string; cacheName: string } }> {
  return JSON.parse((await run(cache, "cache", "status", "--json")).stdout) as Awaited<ReturnType<typeof statusOf>>;
}

describe("a process with another cache than its table's", () => {
  it("is refused with both names, and begins no epoch", async () => {
    const { code, stderr } = await run(1, "put", "routes", RECORD);
    expect(code).toBe(1);
    expect(stderr).toContain("CACHE_FOREIGN");
    for (const { port } of caches) expect(stderr).toContain(`127.0.0.1:${port}@`);
    expect(await run(1, "cache", "on", "--reason", "by mistake")).toMatchObject({ code: 1 });
    expect((await statusOf(0)).cacheEpoch).toMatchObject({ epoch: 1, mode: "on" });
  });

  it("is let in where it is the same cache under another name", async () => {
    const url = caches[0]?.url.replace("127.0.0.1", "localhost");
    const other = environmentOf(0, { TRILANE_CACHE_URL: url });
    expect(await trilane(other, ["put", "routes", RECORD])).toMatchObject({ code: 0 });
  });
});

it("a table moves to another cache by off, a restart and on; a process with the old one ends and says why", async () => {
  expect(await run(0, "put", "routes", RECORD)).toMatchObject({ code: 0 });
  const old = await startApi(0);
  expect(await run(0, "cache", "off", "--reason", "moving")).toMatchObject({ code: 0 });
  const moved = await startApi(1);
  const ended = once(old, "close");
  expect(await run(1, "cache", "on", "--reason", "moved")).toMatchObject({ code: 1 });
  expect(await run(1, "cache", "on", "--move", "--reason", "moved")).toMatchObject({ code: 0 });
  expect(await ended).toEqual([1, null]);
  await vi.waitFor(async () => {
    expect((await statusOf(1)).cacheEpoch).toMatchObject({ epoch: 2, mode: "on" });
  }, WITHIN);
  expect((await statusOf(1)).cacheEpoch.cacheName).toContain(String(caches[1]?.port));
  expect(await run(1, "get", "routes", "SEA", "SFO")).toMatchObject({ code: 0 });
  expect(await run(0, "get", "routes", "SEA", "SFO")).toMatchObject({ code: 1 });
  moved.kill("SIGTERM");
  await once(moved, "close");
});

/** Resolves when it listens. */
async function startApi(cache: number): Promise<ReturnType<typeof startTrilane>> {
  const environment = environmentOf(cache, { TRILANE_API_PORT: "0", TRILANE_LOG_LEVEL: "fatal" });
  const api = startTrilane(environment, ["serve"]);
  started.push(api);
  if (api.stdout === null) throw new TypeError("no stdout");
  await once(api.stdout, "data");
  return api;
}
