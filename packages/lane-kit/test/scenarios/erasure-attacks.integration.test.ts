/**
 * A person is erased, and then everything happens that brings data back
 * elsewhere. The same attacks run against a deletion by the index alone, which
 * is how others do it: it deletes the items and the cache's entries. The counts
 * of records that readers see afterwards are printed as a table.
 */
import { randomUUID } from "node:crypto";
import { DeleteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  type FeatureChange,
  days,
  defineConfig,
  defineGroup,
  messagePlace,
  parseChange,
} from "@trilane/feature-groups";
import {
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  erase,
  type ErasureEntry,
  type Lane,
  sweepSubject,
  sweepUntilResting,
  type WriteRecord,
  Writer,
} from "@trilane/write-through";
import { applyTable, DynamoCacheEpoch, DynamoErasures, DynamoStore } from "@trilane/write-through/dynamodb";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createDynamoDb, loadSettings, openPlatform, type Platform } from "../../src/index.ts";

const RECORDS = 40;
const EVENT_MS = Date.now() - days(1);
const config = defineConfig({
  groups: {
    visits: defineGroup({
      key: ["visit"],
      eventTime: { field: "at", unit: "ms" },
      subject: "person",
      schema: z.object({ page: z.string() }),
      ttlMs: days(30),
    }),
  },
});

let platform: Platform;
let dynamodb: DynamoDBClient;
let redis: Redis;
let table: string;
const rows: string[] = [];

beforeAll(async () => {
  table = `attacks-${randomUUID()}`;
  const settings = loadSettings({
    ...process.env,
    TRILANE_TABLE: table,
    TRILANE_LOG_LEVEL: "error",
    TRILANE_CACHE_LEASE_MS: "500",
    TRILANE_SUBJECT_KEY: "a key of the test",
  });
  dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, table);
  platform = await openPlatform({ name: "attacks", settings, config });
  redis = new Redis(settings.cacheUrl);
});
afterAll(async () => {
  await platform?.close();
  redis?.disconnect();
  dynamodb?.destroy();
  process.stdout.write(`${["attack | deleted by the index alone | erased", ...rows].join("\n")}\n`);
});

/** The same records, with the same places, as their source gives them again; or later ones of the same keys. */
function changesOf(person: string, laterMs = 0, page = "secret"): readonly FeatureChange[] {
  return Array.from({ length: RECORDS }, (_, index) => ({
    kind: "put",
    group: "visits",
    input: { visit: `${person}-${index}`, person, at: EVENT_MS + laterMs, page },
    place: messagePlace({ timestampMs: EVENT_MS, partition: 0, offset: BigInt(index) }),
  }));
}

const keysOf = (person: string): readonly string[] =>
  Array.from({ length: RECORDS }, (_, index) => `visits#${person}-${index}`);

async function send(person: string, lane: Lane, laterMs = 0): Promise<readonly string[]> {
  const receipts = await platform.writer.writeMany(changesOf(person, laterMs), { lane });
  return receipts.map(({ status }) => status);
}

async function readable(person: string): Promise<number> {
  const results = await platform.coreReader.read(keysOf(person));
  return results.filter(({ kind }) => kind === "found").length;
}

/** Later records of the person that are on their way to the store: their writers have checked them before. */
function recordsUnderWay(person: string): readonly WriteRecord[] {
  const { subjects } = platform;
  return changesOf(person, 1).map((change) => {
    const parsed = parseChange(config, change, { lane: "stream", nowMs: Date.now(), subjects });
    if (parsed.kind !== "record") throw new TypeError(`the record is ${parsed.kind}`);
    return parsed.record;
  });
}

function putUnderWay(records: readonly WriteRecord[]): Promise<unknown> {
  const puts = records.map(({ key, version, payload, expiresAtMs, subject }) => ({
    key,
    version,
    body: { payload, expiresAtMs: Math.ceil(expiresAtMs / 1_000) * 1_000 },
    ...(subject === undefined ? {} : { subject }),
  }));
  return new DynamoStore(dynamodb, { table }).put(puts);
}

interface Deletion {
  readonly name: "index" | "erase";
  /** Deletes the person's records; `during` runs while it does. */
  remove(person: string, during?: () => Promise<unknown>): Promise<void>;
}

/** The way of others: the items that the index names are deleted, and their cache entries. */
const byIndex: Deletion = {
  name: "index",
  async remove(person, during) {
    const erasures = new DynamoErasures(dynamodb, { table });
    for await (const keys of erasures.keysOf(platform.subjects.digestOf(person))) {
      for (const pk of keys) await dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: pk } } }));
    }
    await during?.();
    for (const key of await redis.keys(`*${person}-*`)) await redis.del(key);
  },
};

const sweeps = { leaseMs: 500, restMs: days(1), replayHorizonMs: days(30) };

async function announce(person: string): Promise<ErasureEntry> {
  const subject = platform.subjects.digestOf(person);
  const request = {
    subject,
    kind: "erase",
    untilUs: Date.now() * 1_000,
    id: randomUUID(),
    by: "test",
    atMs: Date.now(),
  };
  const [entry] = await erase([request as Parameters<typeof erase>[0][number]], platform.erasing);
  if (entry === undefined) throw new TypeError("nothing was announced");
  return entry;
}

const byErasure: Deletion = {
  name: "erase",
  async remove(person, during) {
    const entry = await announce(person);
    await platform.cacheEpoch.look();
    const racing = during?.();
    const resting = await sweepUntilResting(entry, platform.erasing, sweeps);
    await racing;
    expect(resting.sweep.phase).toBe("resting");
  },
};

type Attack = (person: string, deletion: Deletion) => Promise<unknown>;

const again =
  (lane: Lane): Attack =>
  async (person, deletion) => {
    await send(person, lane);
    await deletion.remove(person);
    await send(person, lane);
  };

const attacks: Readonly<Record<string, Attack>> = {
  "a topic is replayed": again("stream"),
  "an old file is loaded again": again("batch"),
  "a job is retried": again("on-demand"),
  // Somebody has mended what was refused, so the records have other contents under the same times.
  "dead letters are mended and sent again": async (person, deletion) => {
    await send(person, "stream");
    await deletion.remove(person);
    await platform.writer.writeMany(changesOf(person, 0, "mended secret"), { lane: "on-demand" });
  },
  "writes race with the deletion": async (person, deletion) => {
    await send(person, "stream");
    await deletion.remove(person, () => send(person, "stream", 1));
  },
  "puts land after the last sweep": async (person, deletion) => {
    await send(person, "stream");
    const late = recordsUnderWay(person);
    await deletion.remove(person);
    await putUnderWay(late);
  },
  "a process that was paused goes on writing": async (person, deletion) => {
    await send(person, "stream");
    const cacheEpochs = new DynamoCacheEpoch(dynamodb, { table });
    const core = platform.erasing;
    const ports = {
      cacheEpochs,
      cache: core.cache,
      clock: core.clock,
      emit: () => undefined,
      erasures: platform.erasing.erasures,
    };
    const keeper = await CacheEpochKeeper.open(ports, cacheEpochOptionsDefaults);
    // From here on it learns nothing by itself.
    await keeper.close();
    const late = recordsUnderWay(person);
    await deletion.remove(person);
    await new Writer({ ...core, cacheEpoch: keeper }).write(late, { lane: "stream" });
  },
  "the cache comes back with an older state": async (person, deletion) => {
    await send(person, "stream");
    const names = await redis.keys(`*${person}-*`);
    const kept = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
    await deletion.remove(person);
    await Promise.all(names.map(async (name, index) => redis.restore(name, 0, kept[index] ?? "", "REPLACE")));
  },
};

describe.each(Object.entries(attacks))("%s", (name, attack) => {
  it("brings back what the index alone deleted, and nothing that was erased", async () => {
    const counts: number[] = [];
    for (const deletion of [byIndex, byErasure]) {
      const person = `${deletion.name}-${randomUUID()}`;
      await attack(person, deletion);
      counts.push(await readable(person));
    }
    rows.push(`${name} | ${counts[0]} of ${RECORDS} | ${counts[1]} of ${RECORDS}`);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBe(0);
  });
});

it("the next sweep removes what landed late", async () => {
  const person = `late-${randomUUID()}`;
  await send(person, "stream");
  const late = recordsUnderWay(person);
  const entry = await announce(person);
  await sweepUntilResting(entry, platform.erasing, sweeps);
  await putUnderWay(late);
  expect(await readable(person)).toBe(0);
  await expect.poll(async () => (await sweepSubject(entry, platform.erasing, sweeps)).found).toBe(RECORDS);
  const replies = await new DynamoStore(dynamodb, { table }).read(keysOf(person));
  expect(replies.every((reply) => reply.kind === "found" && reply.copy.body?.payload === null)).toBe(true);
});
