/**
 * Two processes write and read over a real cluster while it loses a primary,
 * hands another over and moves a slot. They go on by themselves, and no read
 * gives anything older than what was acknowledged, or read, before.
 */
import { fetchServers } from "@trilane/servers";
import { afterEach, describe, expect, it } from "vitest";
import {
  type CoreEvent,
  createNextId,
  plainCopies,
  Reader,
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  systemClock,
  Writer,
} from "../../src/index.ts";
import { MemoryStore, recordOf, versionOf } from "../../src/testing/index.ts";
import { bucketIndexOf, type ClusterBucket, clusterBuckets } from "../../src/valkey/cluster-buckets.ts";
import { type ClusterBench, openClusterBench } from "./cluster-fixture.ts";

const fetched = await fetchServers();
const KEYS = Array.from({ length: 24 }, (_, index) => `routes#${index}`);
const OPTIONS = { ...cacheEpochOptionsDefaults, leaseMs: 300, graceMs: 300, probeMs: 50 };
const TIMEOUT = { timeout: 40_000, interval: 50 };
const PREFIX = "cache-epoch:";
const BUCKETS = 16;
const PAUSE_MS = 5;

interface TestProcess {
  readonly keeper: CacheEpochKeeper;
  readonly writer: Writer;
  readonly reader: Reader;
  readonly events: CoreEvent[];
}

/** The version that each key has been shown to hold. A later read may not give less. */
class Shown {
  readonly #versions = new Map<string, string>();
  readonly stale: string[] = [];

  of(key: string): string {
    return this.#versions.get(key) ?? "";
  }

  show(key: string, version: string): void {
    if (version > this.of(key)) this.#versions.set(key, version);
  }
}

function found<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new TypeError("a node is missing");
  return item;
}

function bucketWith(key: string): ClusterBucket {
  return found(clusterBuckets(PREFIX, BUCKETS)[bucketIndexOf(key, BUCKETS)]);
}

async function start(bench: ClusterBench, store: MemoryStore, name: string): Promise<TestProcess> {
  const cache = await bench.open({ prefix: PREFIX, buckets: BUCKETS, commandBudgetMs: 400 });
  const events: CoreEvent[] = [];
  const emit = (event: CoreEvent): void => void events.push(event);
  const clock = systemClock;
  const keeper = await CacheEpochKeeper.open({ cacheEpochs: store, cache, clock, emit }, { ...OPTIONS, process: name });
  const ports = {
    store,
    cache,
    clock,
    random: () => 0.5,
    copies: plainCopies,
    nextId: createNextId(),
    emit,
    cacheEpoch: keeper,
  };
  return { keeper, writer: new Writer(ports), reader: new Reader(ports), events };
}

/** Of each process under load, however slow the machine is. */
const OPERATIONS_MIN = 100;

async function writeAll(processes: readonly TestProcess[], shown: Shown, signal: AbortSignal): Promise<void> {
  let n = 1;
  for (; !signal.aborted || n <= OPERATIONS_MIN; n += 1) {
    const [lane, key] = [processes[n % processes.length], KEYS[n % KEYS.length] ?? ""];
    const [receipt] = (await lane?.writer.write([recordOf(key, n)], { lane: "stream" })) ?? [];
    if (receipt?.status === "applied") shown.show(key, receipt.version);
    await systemClock.sleep(PAUSE_MS);
  }
}

async function readAll({ reader }: TestProcess, shown: Shown, signal: AbortSignal): Promise<void> {
  let reads = 0;
  for (; !signal.aborted || reads < OPERATIONS_MIN; reads += 1) {
    const before = KEYS.map((key) => shown.of(key));
    const results = await reader.read(KEYS);
    results.forEach((result, index) => {
      if (result.kind === "failed") return;
      const key = KEYS[index] ?? "";
      if (before[index] !== "" && result.version < (before[index] ?? "")) {
        shown.stale.push(`${key}: read ${result.version} from ${result.source} after ${before[index]}`);
      }
      if (result.kind === "found") shown.show(key, result.version);
    });
    await systemClock.sleep(PAUSE_MS);
  }
}

for (const engine of (["valkey", "redis"] as const).filter((name) => fetched[name].available)) {
  describe(`cache epochs over a ${engine} cluster`, () => {
    let bench: ClusterBench;
    let processes: readonly TestProcess[] = [];
    afterEach(async () => {
      await Promise.all(processes.map(({ keeper }) => keeper.close()));
      await bench.stop();
    });

    it("go on by themselves after a primary's death, a hand-over and a moved slot, and nothing stale is read", async () => {
      bench = await openClusterBench(engine);
      const store = new MemoryStore();
      processes = [await start(bench, store, "one"), await start(bench, store, "two")];
      const [one, two] = processes;
      if (one === undefined || two === undefined) throw new TypeError("a process is missing");
      const shown = new Shown();
      const ending = new AbortController();
      const load = [
        writeAll(processes, shown, ending.signal),
        readAll(one, shown, ending.signal),
        readAll(two, shown, ending.signal),
      ];
      /** Both processes hold an epoch after this one, it is on, and every key is answered from the cache. */
      const isOnAfter = async (epoch: number): Promise<string> => {
        const known = processes.map(({ keeper }) => keeper.known?.cacheEpoch);
        if (!known.every((cacheEpoch) => cacheEpoch?.mode === "on" && cacheEpoch.epoch > epoch))
          return JSON.stringify(known);
        const sources = (await two.reader.read(KEYS)).map((result) =>
          result.kind === "found" ? result.source : result.kind,
        );
        return sources.filter((source) => source === "cache").length > KEYS.length / 2 ? "on" : "cold";
      };
      await expect.poll(() => isOnAfter(0), TIMEOUT).toBe("on");

      await bench.servers.primaries[0]?.kill("SIGKILL");
      await expect.poll(() => isOnAfter(1), TIMEOUT).toBe("on");
      const afterDeath = one.keeper.known?.cacheEpoch.epoch ?? 0;

      await bench.promote(found(bench.servers.replicas[1]?.[0]));
      await expect.poll(() => isOnAfter(afterDeath), TIMEOUT).toBe("on");
      const afterHandOver = one.keeper.known?.cacheEpoch.epoch ?? 0;

      const moved = bucketWith(KEYS[0] ?? "");
      await bench.moveSlot(moved.slot);
      await expect.poll(() => isOnAfter(afterHandOver), TIMEOUT).toBe("on");

      ending.abort();
      await Promise.all(load);
      expect(shown.stale).toEqual([]);
      const last = await one.reader.read(KEYS);
      expect(
        last.every((result, index) => result.kind === "found" && result.version >= shown.of(KEYS[index] ?? "")),
      ).toBe(true);
      expect(versionOf(1) < shown.of(KEYS[1] ?? "")).toBe(true);
      const changes = processes
        .flatMap(({ events }) => events)
        .flatMap((event) => {
          return event.type === "cache-epoch-changed" && event.to.mode === "on" ? [event.to.epoch] : [];
        });
      expect(new Set(changes).size).toBeGreaterThanOrEqual(4);
    });
  });
}
