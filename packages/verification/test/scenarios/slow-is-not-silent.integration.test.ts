/**
 * A stalled process, and large values behind a slow link, do not take the cache
 * from the other processes. In the same runs, a cache that really is silent is
 * off in time.
 */
import { readFile } from "node:fs";
import { cacheConfig, type ServerHandle, startRedis } from "@trilane/servers";
import {
  type CoreEvent,
  createNextId,
  plainCopies,
  Reader,
  type ReadResult,
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  systemClock,
  Writer,
} from "@trilane/write-through";
import { MemoryStore, recordOf, versionOf } from "@trilane/write-through/testing";
import { cacheClientOptions, cacheClientTimesDefaults, ValkeyCache } from "@trilane/write-through/valkey";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTcpProxy, type TcpProxy } from "../../src/faults/index.ts";

const STALL_MS = 1_200;
/** Beyond this, a stall is never told from silence. */
const STALL_ROUNDS_MAX = 3;
const STALLS = 12;
/** 200 Mbit/s. */
const SLOW_BYTES_PER_SECOND = 25_000_000;
const LARGE_BYTES = 300_000;
const LARGE_KEYS = 200;
const READS = 3;
const OFF_WITHIN_MS = cacheEpochOptionsDefaults.graceMs + cacheClientTimesDefaults.commandTimeoutMs + 1_000;
const EXPIRES_AT_MS = 4_000_000_000_000;

let server: ServerHandle;
let proxy: TcpProxy;
const cores: OpenCore[] = [];

beforeEach(async () => {
  server = await startRedis({ engine: "redis", config: cacheConfig("256mb") });
  proxy = await startTcpProxy({ name: "cache", upstreamPort: server.port });
});
afterEach(async () => {
  await Promise.all(cores.splice(0).map((core) => core.close()));
  await proxy.close();
  await server.stop();
});

interface OpenCore {
  readonly store: MemoryStore;
  readonly keeper: CacheEpochKeeper;
  readonly writer: Writer;
  readonly reader: Reader;
  /** The number of commands of this cache that came back with this code. */
  failures(code: string): number;
  close(): Promise<void>;
}

async function openCore(port: number): Promise<OpenCore> {
  const client = new Redis({ ...cacheClientOptions(), host: "127.0.0.1", port });
  client.on("error", () => undefined);
  await client.connect();
  const cache = new ValkeyCache(client, systemClock);
  const store = new MemoryStore();
  const events: CoreEvent[] = [];
  const emit = (event: CoreEvent): void => void events.push(event);
  const keeper = await CacheEpochKeeper.open(
    { cacheEpochs: store, cache, clock: systemClock, emit },
    cacheEpochOptionsDefaults,
  );
  const ports = {
    store,
    cache,
    clock: systemClock,
    emit,
    random: Math.random,
    copies: plainCopies,
    nextId: createNextId(),
    cacheEpoch: keeper,
  };
  const failures = (code: string): number =>
    events.filter(
      (event) => (event.type === "port-failed" || event.type === "publish-unanswered") && event.error.code === code,
    ).length;
  const close = async (): Promise<void> => {
    await keeper.close();
    client.disconnect();
  };
  const core: OpenCore = { store, keeper, failures, writer: new Writer(ports), reader: new Reader(ports), close };
  cores.push(core);
  return core;
}

/** Keeps the event loop from its sockets, again and again, between reading them and running the timers. */
async function stall(times: number): Promise<void> {
  for (let left = times; left > 0; left -= 1) {
    await new Promise<void>((resolve) => {
      readFile(import.meta.filename, () => {
        const untilMs = performance.now() + STALL_MS;
        while (performance.now() < untilMs);
        resolve();
      });
    });
  }
}

/** Silences the cache, and returns the milliseconds until this process, which goes on writing, has switched it off. */
async function silence({ keeper, writer }: OpenCore): Promise<number> {
  await server.kill("SIGSTOP");
  const startedMs = performance.now();
  let offAtMs: number | null = null;
  const write = async (): Promise<void> => {
    while (offAtMs === null) await writer.write([recordOf("silent", 1)], { lane: "batch" });
  };
  const watch = async (): Promise<number> => {
    while (keeper.known?.cacheEpoch.mode !== "off") await systemClock.sleep(1);
    offAtMs = performance.now();
    await server.kill("SIGCONT");
    return offAtMs;
  };
  const [endedMs] = await Promise.all([watch(), write()]);
  return endedMs - startedMs;
}

it("leaves the cache on while a process stalls with several batches under way, and off in time when it is silent", async () => {
  // The connection goes directly to the server: a proxy in this process would stall with it.
  const core = await openCore(server.port);
  const { writer, keeper, failures } = core;
  let isStalling = true;
  const lanes = [0, 1, 2, 3].map(async (lane) => {
    for (let n = 1; isStalling; n = (n % 90) + 1) {
      await writer.write([recordOf(`stalled-${lane}`, n)], { lane: "batch" });
      await systemClock.sleep(1);
    }
  });
  // Whether a stall meets a command under way is chance, so it stalls until one did.
  for (let rounds = 0; rounds < STALL_ROUNDS_MAX && failures("PROCESS_STALLED") === 0; rounds += 1) {
    await stall(STALLS);
    await systemClock.sleep(1);
  }
  isStalling = false;
  await Promise.all(lanes);
  expect(keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
  // The answers were there, so not one of the timeouts was silence.
  expect(failures("CACHE_UNAVAILABLE")).toBe(0);
  expect(failures("PROCESS_STALLED")).toBeGreaterThan(0);
  expect(await silence(core)).toBeLessThan(OFF_WITHIN_MS);
}, 90_000);

it("leaves the cache on while large values come through a slow link, and off in time when it is silent", async () => {
  const core = await openCore(proxy.port);
  const { store, keeper, reader } = core;
  const keys = Array.from({ length: LARGE_KEYS }, (_, index) => `large-${index}`);
  const body = { payload: new Uint8Array(LARGE_BYTES), expiresAtMs: EXPIRES_AT_MS };
  await store.put(keys.map((key) => ({ key, version: versionOf(1), body })));
  proxy.apply({ kind: "narrow", bytesPerSecond: SLOW_BYTES_PER_SECOND });
  let results: readonly ReadResult[] = [];
  for (let read = 0; read < READS; read += 1) results = await reader.read(keys);
  expect(keeper.known?.cacheEpoch).toEqual({ epoch: 1, mode: "on" });
  const hits = results.filter((result) => result.kind === "found" && result.source === "cache").length;
  expect(hits).toBe(LARGE_KEYS);
  expect(proxy.fired.narrow).toBeGreaterThan(0);
  expect(await silence(core)).toBeLessThan(OFF_WITHIN_MS);
}, 60_000);
