/**
 * Measures the lane's own CPU: from the bytes of fetch responses to the commit,
 * over a store and a cache in memory, so that no client and no server counts.
 * The store takes as many records a second as it is told, which shows how many
 * writes the lane makes while it waits.
 *
 *   npm run bench-stream-cpu -- [--messages N] [--rounds N] [--store-per-second N]
 */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createFeatureWriter, createGroupCopies, loadConfig } from "@trilane/feature-groups";
import { createLogger, Metrics } from "@trilane/lane-kit";
import { type Store, systemClock, Writer } from "@trilane/write-through";
import { MemoryCache, MemoryStore, openSteadyCacheEpoch } from "@trilane/write-through/testing";
import { consume } from "../src/index.ts";
import { decodeFetch, takeIncidentsOf } from "../src/kafkajs/fetch-responses.ts";
import type { SliceHandlers, StreamSource } from "../src/stream-source.ts";
import { batchBytes, fetchBytes } from "../test/kafkajs/fetch-bytes.ts";
import { flightMessages } from "./flight-messages.ts";
import { watchComputing } from "./longest-computing.ts";

const TOPIC = "flights";
const PARTITIONS = 4;
const RECORDS_OF_BATCH = 5_000;
const FETCH_VERSION = 11;
const LOOK_MS = 5;
const MEMORY_LOOK_MS = 50;
const MS_PER_SECOND = 1_000;
const BYTES_PER_MB = 1_048_576;

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "200000" },
    rounds: { type: "string", default: "3" },
    "store-per-second": { type: "string", default: "0" },
  },
});
const messages = Number(values.messages);
const storePerSecond = Number(values["store-per-second"]);
const config = await loadConfig(fileURLToPath(new URL("../../../trilane.config.ts", import.meta.url)));
const fetches = fetchesOf(messages);
for (let round = 0; round <= Number(values.rounds); round += 1) {
  const figures = await measure();
  process.stdout.write(`${round === 0 ? "warm-up" : `round ${round}`}: ${JSON.stringify(figures)}\n`);
}

/** Fetch responses of all partitions, each with one batch of each. */
function fetchesOf(count: number): readonly Buffer[] {
  takeIncidentsOf([TOPIC]);
  const fetched: Buffer[] = [];
  const perFetch = RECORDS_OF_BATCH * PARTITIONS;
  for (let from = 0; from < count; from += perFetch) {
    const flights = flightMessages(from, Math.min(count, from + perFetch), { count, isByDate: false });
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const own = flights.filter((_, index) => index % PARTITIONS === partition);
      const records = own.map(({ key, value }, delta) => ({
        delta,
        key: Buffer.from(key as string),
        value: Buffer.from(value as string),
      }));
      const baseOffset = (from / perFetch) * RECORDS_OF_BATCH;
      const batch = batchBytes({ baseOffset, lastOffsetDelta: records.length - 1, records });
      fetched.push(fetchBytes({ topic: TOPIC, highWatermark: baseOffset + records.length, batches: [batch] }));
    }
  }
  return fetched;
}

async function measure(): Promise<Readonly<Record<string, number>>> {
  const puts = { calls: 0, records: 0 };
  const cache = new MemoryCache(systemClock);
  let ids = 0;
  const core = new Writer({
    store: slow(new MemoryStore(), puts),
    cache,
    clock: systemClock,
    random: Math.random,
    nextId: () => `id-${(ids += 1)}`,
    emit: () => undefined,
    copies: createGroupCopies(config),
    cacheEpoch: await openSteadyCacheEpoch(cache, systemClock),
  });
  const metrics = new Metrics();
  const consumed = metrics.counter("trilane_stream_consumed_total", "Records with a final receipt");
  const stop = new AbortController();
  const memory = watchMemory();
  const computing = watchComputing();
  const [startedMs, before] = [performance.now(), process.cpuUsage()];
  const running = consume({
    platform: {
      config,
      writer: createFeatureWriter(config, core),
      clock: systemClock,
      random: Math.random,
      metrics,
      logger: createLogger("bench", "silent"),
    },
    source: sourceOf(fetches),
    bindings: new Map([[TOPIC, "routes"]]),
    deadLetters: { send: () => Promise.resolve() },
    signal: stop.signal,
  });
  while (((await consumed.get()).values[0]?.value ?? 0) < messages) await delay(LOOK_MS);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - startedMs) / MS_PER_SECOND;
  stop.abort();
  const { receipts } = await running;
  return {
    perSecond: Math.round(messages / seconds),
    cpuUs: Number(((user + system) / messages).toFixed(2)),
    storeCalls: puts.calls,
    storeRecords: puts.records,
    applied: receipts.applied,
    computingMaxMs: Math.round(computing.end()),
    rssMaxMb: Math.round(memory.end() / BYTES_PER_MB),
  };
}

function watchMemory(): { end(): number } {
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), MEMORY_LOOK_MS);
  return {
    end() {
      clearInterval(timer);
      return most;
    },
  };
}

/** Counts what the store gets, and answers as late as a store of that rate. */
function slow(store: MemoryStore, puts: { calls: number; records: number }): Store {
  let busyUntilMs = 0;
  return {
    read: (keys) => store.read(keys),
    async put(all) {
      puts.calls += 1;
      puts.records += all.length;
      const replies = await store.put(all);
      if (storePerSecond > 0) {
        const nowMs = performance.now();
        busyUntilMs = Math.max(nowMs, busyUntilMs) + (all.length * MS_PER_SECOND) / storePerSecond;
        await systemClock.sleep(busyUntilMs - nowMs);
      }
      return replies;
    },
  };
}

/** Fetches as kafkajs does: the next one when all parts of the last one were taken. */
function sourceOf(responses: readonly Buffer[]): StreamSource {
  let isStopped = false;
  const deliver = async ({ onSlice }: SliceHandlers): Promise<void> => {
    for (let at = 0; at < responses.length && !isStopped; at += PARTITIONS) {
      const parts = responses.slice(at, at + PARTITIONS).map(async (bytes, partition) => {
        const topics = [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset: "0" }] }];
        const fetched = await decodeFetch(bytes, { version: FETCH_VERSION, topics });
        const records = fetched.responses.flatMap((one) =>
          one.partitions.flatMap((own) => own.messages.flatMap((message) => message.records)),
        );
        const last = records.at(-1);
        if (last === undefined) return;
        const own = { topic: TOPIC, partition, records, endOffset: last.offset + 1n };
        const resolved = (): Promise<void> => Promise.resolve();
        await onSlice({ ...own, heartbeat: resolved, commit: resolved, take: () => undefined });
      });
      await Promise.all(parts);
    }
  };
  return {
    start(handlers) {
      deliver(handlers).catch(handlers.onFailure);
      return Promise.resolve();
    },
    pause: () => undefined,
    resume: () => undefined,
    assignment: () => [],
    lag: () => Promise.resolve([]),
    stop() {
      isStopped = true;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
