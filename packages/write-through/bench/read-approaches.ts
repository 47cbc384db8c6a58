/** Reads of cached records: raw commands, and the core's reader. */
import { DynamoStore } from "../src/dynamodb/index.ts";
import {
  createNextId,
  plainCopies,
  Reader,
  type ReadResult,
  systemClock,
  systemRandom,
  type WriteRecord,
  Writer,
} from "../src/index.ts";
import { openSteadyCacheEpoch } from "../src/testing/steady-cache-epoch.ts";
import { makeVersion } from "../src/protocol/version.ts";
import { ValkeyCache } from "../src/valkey/index.ts";
import { type Measured, measured } from "./measure.ts";
import type { Servers } from "./open-servers.ts";

const KEYS = 1_000;
const CALLERS = 100;
const KEYS_PER_CALL = 100;
const PAYLOAD_BYTES = 300;
/** So many reads per record of the write benchmark take about as long as the writes. */
const READS_PER_RECORD = 10;

export async function readApproaches(servers: Servers, records: number): Promise<readonly Measured[]> {
  const items = records * READS_PER_RECORD;
  const { reader, keys } = await fillCache(servers);
  const { plainCache } = servers;
  const raw = keys.map((key) => `raw:${key}`);
  await Promise.all(raw.map((key) => plainCache.set(key, Buffer.alloc(PAYLOAD_BYTES, key))));
  const singles = (load: string, read: (index: number) => Promise<unknown>, name: string): Measured =>
    measured({ name, load, items, servers, work: () => eachCaller(items, read) });
  const batches = (load: string, read: (start: number) => Promise<unknown>, name: string): Measured =>
    measured({ name, load, items, servers, work: () => oneAfterAnother(items, read) });
  const keyAt = (list: readonly string[], index: number): string => list[index % KEYS] ?? "";
  const some = (list: readonly string[], start: number): string[] =>
    list.slice(start % KEYS, (start % KEYS) + KEYS_PER_CALL);
  return [
    singles("get", (index) => plainCache.getBuffer(keyAt(raw, index)), "ioredis GET, autopipelined"),
    singles("get", async (index) => hit(await reader.readOne(keyAt(keys, index))), "core, get"),
    batches("getMany", (start) => plainCache.mgetBuffer(some(raw, start)), "ioredis MGET"),
    batches("getMany", async (start) => (await reader.read(some(keys, start))).forEach(hit), "core, getMany"),
  ];
}

async function fillCache({ cache, dynamodb, table }: Servers): Promise<{ reader: Reader; keys: readonly string[] }> {
  const valkey = new ValkeyCache(cache, systemClock, { prefix: `${table}:`, commandBudgetMs: 5_000 });
  const ports = {
    store: new DynamoStore(dynamodb, { table }),
    cache: valkey,
    clock: systemClock,
    random: systemRandom,
    copies: plainCopies,
    nextId: createNextId(),
    emit: () => undefined,
    cacheEpoch: await openSteadyCacheEpoch(valkey, systemClock),
  };
  const keys = Array.from({ length: KEYS }, (_, index) => `read#${index}`);
  await new Writer(ports).write(keys.map(recordOf), { lane: "stream" });
  return { reader: new Reader(ports), keys };
}

function recordOf(key: string): WriteRecord {
  const version = makeVersion({ eventTimeUs: 1, sequence: 0n, lane: "stream", contentHash: "0".repeat(16) });
  return {
    key,
    version,
    payload: Buffer.alloc(PAYLOAD_BYTES, key),
    expiresAtMs: Date.UTC(2090, 0, 1),
    populate: "always",
  };
}

/** A read that misses would measure something else. */
function hit(result: ReadResult): void {
  if (result.kind !== "found" || result.source !== "cache") throw new Error(`not a hit: ${result.kind}`);
}

async function eachCaller(items: number, read: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const call = async (): Promise<void> => {
    while (next < items) {
      next += 1;
      await read(next);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
}

async function oneAfterAnother(items: number, read: (start: number) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items; start += KEYS_PER_CALL) await read(start);
}
