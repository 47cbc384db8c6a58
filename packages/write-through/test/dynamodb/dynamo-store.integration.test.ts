/** The store contract on a real DynamoDB Local, and the requests that the SDK makes. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type ServerHandle, startDynamoDb } from "@trilane/servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  applyTable,
  DynamoCacheEpoch,
  DynamoStore,
  storeClientOptions,
  trimStoreClient,
} from "../../src/dynamodb/index.ts";
import type { CacheEpochRecord } from "../../src/ports/store.ts";
import { storeContract } from "../../src/testing/contracts.ts";
import { putOf } from "../../src/testing/sample-records.ts";
import { patientClientOptions } from "./patient-client.ts";

const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

let server: ServerHandle;
let client: DynamoDBClient;
const commands: { name: string; input: Record<string, unknown> }[] = [];

function connect(times?: Parameters<typeof storeClientOptions>[0]): DynamoDBClient {
  const own = { endpoint: server.url, region: "us-east-1", credentials: CREDENTIALS };
  const options = times === undefined ? patientClientOptions() : storeClientOptions(times);
  return trimStoreClient(new DynamoDBClient({ ...options, ...own }));
}

beforeAll(async () => {
  server = await startDynamoDb({});
  client = connect();
  client.middlewareStack.add(
    (next, context) => (args) => {
      commands.push({ name: String(context.commandName), input: { ...args.input } });
      return next(args);
    },
    { step: "initialize" },
  );
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

async function open(table: string, bulkFrom = 4): Promise<DynamoStore> {
  await applyTable(client, table);
  return new DynamoStore(client, { table, bulkFrom });
}

describe("adaptive: single puts and PartiQL bulk", () => {
  let tables = 0;
  storeContract({ open: () => open(`adaptive-${(tables += 1)}`), rounds: 200, seed: 3 });
});

describe("single conditional puts only", () => {
  let tables = 0;
  storeContract({ open: () => open(`single-${(tables += 1)}`, 1_000), rounds: 60, seed: 4 });
});

describe("PartiQL bulk only", () => {
  let tables = 0;
  storeContract({ open: () => open(`bulk-${(tables += 1)}`, 1), rounds: 200, seed: 4 });
});

describe("what the SDK is asked for", () => {
  it("reads consistently, always", async () => {
    const store = await open("consistent");
    commands.length = 0;
    await store.read(["a"]);
    await store.read(["a", "b"]);
    await store.put([putOf("a", 2), putOf("b", 2), putOf("c", 2), putOf("d", 2)]);
    await store.put([putOf("a", 1), putOf("b", 1), putOf("c", 1), putOf("d", 1)]);
    const gets = commands.filter(({ name }) => name === "GetItemCommand");
    const batchGets = commands.filter(({ name }) => name === "BatchGetItemCommand");
    expect(gets.length).toBe(1);
    expect(batchGets.length).toBe(2);
    for (const { input } of gets) expect(input["ConsistentRead"]).toBe(true);
    for (const { input } of batchGets) {
      expect(input["RequestItems"]).toMatchObject({ consistent: { ConsistentRead: true } });
    }
  });

  it("learns whether a group's items are there: one call per batch when it has", async () => {
    const store = await open("learning");
    const puts = (n: number, from: number) => Array.from({ length: 25 }, (_, index) => putOf(`g#${from + index}`, n));
    for (let from = 0; from < 500; from += 25) await store.put(puts(1, from));
    commands.length = 0;
    await store.put(puts(1, 1_000));
    expect(commands.map(({ name }) => name)).toEqual(["BatchExecuteStatementCommand"]);
  });
});

describe("an empty table that is filled", () => {
  it("is asked by one call what a group's items are, while the others wait", async () => {
    const store = await open("filling");
    commands.length = 0;
    await store.put(Array.from({ length: 250 }, (_, index) => putOf(`g#${index}`, 1)));
    const statements = commands.flatMap(({ input }) => (input["Statements"] ?? []) as { readonly Statement: string }[]);
    expect(statements.filter(({ Statement }) => Statement.startsWith("UPDATE"))).toHaveLength(25);
    expect(statements.filter(({ Statement }) => Statement.startsWith("INSERT"))).toHaveLength(250);
  });
});

describe("a store that is out of reach", () => {
  it("answers `failed` within its time, single and bulk, and heals", async () => {
    const quick = connect({ connectTimeoutMs: 200, requestTimeoutMs: 300, attemptsMax: 1, socketsMax: 8 });
    await applyTable(client, "stalled");
    const store = new DynamoStore(quick, { table: "stalled" });
    const four = [1, 2, 3, 4].map((index) => putOf(`k${index}`, 1));
    await server.kill("SIGSTOP");
    const replies = [...(await store.put([putOf("k0", 1)])), ...(await store.put(four)), ...(await store.read(["k0"]))];
    await server.kill("SIGCONT");
    for (const reply of replies) {
      expect(reply).toMatchObject({ kind: "failed", error: { code: "STORE_UNAVAILABLE", retryable: true } });
    }
    const again = await store.put([putOf("k0", 1)]);
    expect(["stored", "refused"]).toContain(again[0]?.kind);
    quick.destroy();
  });

  it("tells a missing table from an outage", async () => {
    const store = new DynamoStore(client, { table: "no-such-table" });
    const replies = [
      ...(await store.put([putOf("a", 1)])),
      ...(await store.put([1, 2, 3, 4].map((n) => putOf(`${n}`, 1)))),
    ];
    for (const reply of replies) expect(reply).toMatchObject({ kind: "failed", error: { code: "STORE_REJECTED" } });
  });
});

describe("the cache epoch record", () => {
  it("is changed by one of many, from what it was and from nothing else", async () => {
    await applyTable(client, "cache-epoch");
    const cacheEpochs = new DynamoCacheEpoch(client, { table: "cache-epoch" });
    expect((await cacheEpochs.readCacheEpoch()).record).toBeNull();
    const recordOf = (epoch: number, mode: "on" | "warm", by: string): CacheEpochRecord => ({
      epoch,
      mode,
      leaseMs: 2_000,
      waitMs: 9_000,
      by,
      reason: "a test",
      changedAtMs: 1_000,
      cacheName: "cache:6379",
      isHeld: false,
    });
    const won = await Promise.all(
      ["a", "b", "c", "d"].map((by) => cacheEpochs.changeCacheEpoch(null, recordOf(1, "warm", by))),
    );
    expect(won.filter(Boolean).length).toBe(1);
    expect(await cacheEpochs.changeCacheEpoch(null, recordOf(2, "warm", "e"))).toBe(false);
    expect(await cacheEpochs.changeCacheEpoch({ epoch: 1, mode: "off" }, recordOf(1, "on", "e"))).toBe(false);
    expect(await cacheEpochs.changeCacheEpoch({ epoch: 1, mode: "warm" }, recordOf(1, "on", "e"))).toBe(true);
    const { record, serverTimeMs } = await cacheEpochs.readCacheEpoch();
    expect(record).toEqual(recordOf(1, "on", "e"));
    // The server has this machine's clock; its answer is cut to the second.
    expect(Math.abs(Date.now() - (serverTimeMs ?? 0))).toBeLessThan(60_000);
  });
});
