import { MemoryCache, MemoryStore, putOf, versionOf } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import { CacheServer } from "../../src/simulator/cache-server.ts";
import { drawConfiguration } from "../../src/simulator/configuration.ts";
import { Dice } from "../../src/simulator/dice.ts";
import { EventQueue } from "../../src/simulator/event-queue.ts";
import { type FaultKind, Faults, noFaults } from "../../src/simulator/faults.ts";
import { RIGHT_CLOCKS } from "../../src/simulator/machine-clocks.ts";
import type { Network } from "../../src/simulator/network.ts";
import { ServerClock } from "../../src/simulator/server-clock.ts";
import { SimulatedCache } from "../../src/simulator/simulated-cache.ts";
import { SimulatedProcess } from "../../src/simulator/simulated-process.ts";
import { SimulatedStore } from "../../src/simulator/simulated-store.ts";

const SEED = 6;
const EVENTS_MAX = 10_000;
const EPOCH = 1;

/** A network on which the given fault strikes everything that it can strike, once. */
function networkWith(kind: FaultKind | null) {
  const queue = new EventQueue();
  const rates = { ...noFaults(), ...(kind === null ? {} : { [kind]: 1 }) };
  const faults = new Faults(rates, new Dice(SEED, "faults"), 1);
  const crashed: number[] = [];
  const steps: string[] = [];
  const network: Network = {
    queue,
    dice: new Dice(SEED, "network"),
    faults,
    configuration: {
      ...drawConfiguration(SEED, 1).network,
      cacheTimeoutMs: 1_000,
      commandBudgetMs: 1_200,
      putsPerGroup: 25,
    },
    clocks: drawConfiguration(SEED, 1).clocks,
    answersPublish: false,
    onStep: (step) => void steps.push(step),
    crash: (process) => {
      process.kill();
      crashed.push(process.number);
      return true;
    },
    onPause: () => undefined,
    onResume: () => undefined,
    onStored: () => undefined,
    onCacheEpochChange: () => undefined,
  };
  const process = new SimulatedProcess(1, queue, RIGHT_CLOCKS);
  const clock = new ServerClock(queue, { skewMs: 0, rate: 1 });
  const memoryCache = new MemoryCache(clock);
  const memoryStore = new MemoryStore();
  const server = new CacheServer({ cache: memoryCache, clock, faults, losesFences: false });
  const cache = new SimulatedCache(network, process, server);
  const store = new SimulatedStore(network, process, memoryStore);
  return { queue, faults, network, process, cache, store, memoryCache, memoryStore, crashed, steps };
}

async function fenceUnder(kind: FaultKind | null) {
  const parts = networkWith(kind);
  const { queue, faults, cache, memoryCache } = parts;
  await memoryCache.begin(EPOCH);
  faults.isOn = true;
  let reply = "none";
  let repliedMs = Infinity;
  void cache.fence(EPOCH, [{ key: "k", version: versionOf(1), id: "f".repeat(16) }]).then(([first]) => {
    reply = first?.kind === "failed" ? first.error.code : (first?.kind ?? "none");
    repliedMs = queue.nowUs / 1_000;
  });
  await queue.run(EVENTS_MAX);
  return {
    ...parts,
    reply,
    repliedMs,
    state: memoryCache.entry("k").state,
    fired: kind === null ? 0 : faults.counts[kind],
  };
}

async function putUnder(kind: FaultKind | null, count = 1) {
  const parts = networkWith(kind);
  const { queue, faults, store, memoryStore } = parts;
  faults.isOn = true;
  const keys = Array.from({ length: count }, (_, index) => `k${index}`);
  let replies: readonly string[] = [];
  void store.put(keys.map((key) => putOf(key, 1))).then((all) => {
    replies = all.map((one) => (one.kind === "failed" ? one.error.code : one.kind));
  });
  await queue.run(EVENTS_MAX);
  const found = await memoryStore.read(keys);
  const stored = found.filter((one) => one.kind === "found" && one.copy.version === versionOf(1)).length;
  return { ...parts, replies, stored, fired: kind === null ? 0 : faults.counts[kind] };
}

describe("the simulated cache", () => {
  it("runs a command and replies", async () => {
    expect(await fenceUnder(null)).toMatchObject({ reply: "fenced", state: "fence" });
  });

  it.each([
    ["cache command lost", "absent"],
    ["cache command past its deadline", "absent"],
    ["cache partition", "absent"],
    ["cache reply lost", "fence"],
    ["cache command late", "fence"],
  ] as const)("answers a %s as a cache that gave no answer, and leaves %s", async (kind, state) => {
    const result = await fenceUnder(kind);
    expect(result).toMatchObject({ reply: "CACHE_UNAVAILABLE", state, fired: 1 });
    expect(result.repliedMs).toBeLessThanOrEqual(1_000);
  });

  it("runs a late command after its sender gave up, and never after its deadline", async () => {
    const { queue } = await fenceUnder("cache command late");
    expect(queue.nowUs).toBeGreaterThan(1_000_000);
    expect(queue.nowUs).toBeLessThanOrEqual(1_200_000);
  });

  it("never replies to a process that died, whose command runs all the same", async () => {
    expect(await fenceUnder("process crash")).toMatchObject({ reply: "none", state: "fence", crashed: [1], fired: 1 });
  });

  it("replies to a paused process when it goes on", async () => {
    const { reply, fired, repliedMs } = await fenceUnder("process pause");
    expect(["fenced", "CACHE_UNAVAILABLE"]).toContain(reply);
    expect(fired).toBe(1);
    expect(repliedMs).toBeGreaterThan(1);
  });

  it("evicts no fence", async () => {
    const { cache, queue, memoryCache, faults } = await fenceUnder("eviction");
    void cache.get(EPOCH, ["k"]);
    await queue.run(EVENTS_MAX);
    expect(memoryCache.entry("k").state).toBe("fence");
    expect(faults.counts.eviction).toBe(0);
  });
});

describe("the simulated store", () => {
  it.each([1, 3, 4, 60])("stores %i records and replies to each", async (count) => {
    const { replies, stored } = await putUnder(null, count);
    expect(replies).toEqual(Array.from({ length: count }, () => "stored"));
    expect(stored).toBe(count);
  });

  it.each([
    ["store request lost", 0],
    ["store reply lost", 1],
    ["store put late", 1],
  ] as const)("answers a %s as a store that gave no answer, and then holds %i record", async (kind, stored) => {
    expect(await putUnder(kind)).toMatchObject({ replies: ["STORE_UNAVAILABLE"], stored, fired: 1 });
  });

  it("executes a put twice that its client sent again, and stores it once", async () => {
    const { replies, stored, steps, fired } = await putUnder("store put resent");
    expect(steps).toEqual(["put", "put"]);
    expect(["stored", "refused"]).toContain(replies[0]);
    expect({ stored, fired }).toEqual({ stored: 1, fired: 1 });
  });

  it("stores what was not throttled, and says which", async () => {
    const { replies, stored, fired } = await putUnder("store throttled", 25);
    expect(replies.filter((reply) => reply === "stored")).toHaveLength(stored);
    expect(replies.filter((reply) => reply === "STORE_THROTTLED")).toHaveLength(25 - stored);
    expect(fired).toBe(1);
  });
});
