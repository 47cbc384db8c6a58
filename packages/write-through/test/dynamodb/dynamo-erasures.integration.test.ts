/** The contract of the list of erasures on a real DynamoDB Local, and what compaction leaves in the table. */
import { hash } from "node:crypto";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { type ServerHandle, startDynamoDb } from "@trilane/servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyTable, DynamoCacheEpoch, DynamoErasures, DynamoStore } from "../../src/dynamodb/index.ts";
import { compactErasures } from "../../src/erasure/compact-erasures.ts";
import { writeBlocks } from "../../src/dynamodb/erasure-blocks.ts";
import { ErasureList } from "../../src/erasure/erasure-list.ts";
import type { BlockEntry, ErasureStore } from "../../src/ports/erasures.ts";
import { erasuresContract } from "../../src/testing/contracts.ts";
import { putOf } from "../../src/testing/sample-records.ts";
import { patientClientOptions } from "./patient-client.ts";

const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };
const DAY_MS = 86_400_000;

let server: ServerHandle;
let client: DynamoDBClient;
let tables = 0;
const tableOf = new Map<ErasureStore, string>();

beforeAll(async () => {
  server = await startDynamoDb({});
  client = new DynamoDBClient({
    ...patientClientOptions(),
    endpoint: server.url,
    region: "us-east-1",
    credentials: CREDENTIALS,
  });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

async function open(): Promise<DynamoErasures> {
  const table = `erasures-${(tables += 1)}`;
  await applyTable(client, table);
  const terms = { leaseMs: 2_000, waitMs: 2_000, isHeld: false, cacheName: null };
  const epoch = { epoch: 1, mode: "on", reason: "a test", by: "test", changedAtMs: 1_000 } as const;
  await new DynamoCacheEpoch(client, { table }).changeCacheEpoch(null, { ...terms, ...epoch });
  const erasures = new DynamoErasures(client, { table });
  tableOf.set(erasures, table);
  return erasures;
}

function tableFor(erasures: ErasureStore): string {
  return tableOf.get(erasures) ?? "";
}

describe("the list of erasures in DynamoDB", () => {
  erasuresContract({
    open,
    async putRecords(erasures, subject, keys) {
      const store = new DynamoStore(client, { table: tableFor(erasures) });
      await store.put(keys.map((key) => ({ ...putOf(key, 1), subject })));
    },
    seed: 6,
  });
});

async function expiryOf(erasures: ErasureStore, key: string): Promise<number | null> {
  const command = new GetItemCommand({ TableName: tableFor(erasures), Key: { pk: { S: key } }, ConsistentRead: true });
  const { Item } = await client.send(command);
  if (Item === undefined) throw new TypeError(`there is no item "${key}"`);
  return Item["x"]?.N === undefined ? null : Number(Item["x"].N);
}

it("lets replaced blocks and entries that can refuse nothing expire, and nothing else", async () => {
  const erasures = await open();
  const nowMs = Date.now();
  const request = { kind: "erase", id: "r", by: "test", atMs: nowMs, subject: "a".repeat(32) } as const;
  await erasures.announce([{ ...request, untilUs: (nowMs - 3 * DAY_MS) * 1_000 }]);
  await erasures.announce([{ ...request, untilUs: nowMs * 1_000 }]);
  await erasures.enforce(1);
  const options = { nowMs, keepMs: DAY_MS };
  await compactErasures(erasures, options);
  const { blocks: first } = await erasures.readState();
  await erasures.enforce(2);
  await compactErasures(erasures, options);
  const { blocks: second } = await erasures.readState();
  if (first === null || second === null) throw new TypeError("the list was not compacted");
  // The first set was empty, since its only erasure could refuse nothing.
  expect([first.count, second.count]).toEqual([0, 1]);
  expect(await expiryOf(erasures, `#erasures#${second.set}#0`)).toBeNull();
  expect(await expiryOf(erasures, "#erasure#000000000001")).toBeGreaterThan((nowMs + 29 * DAY_MS) / 1_000);
  await erasures.replaceBlocks(second, 2, []);
  expect(await expiryOf(erasures, `#erasures#${second.set}#0`)).toBeLessThan((nowMs + DAY_MS) / 1_000);
});

it("lets the blocks of a compaction that ended before its set counted expire, a day later", async () => {
  const erasures = await open();
  await erasures.announce([
    { kind: "erase", id: "r", by: "test", atMs: 1, subject: "a".repeat(32), untilUs: Date.now() * 1_000 },
  ]);
  await erasures.enforce(1);
  const abandoned = async (writtenMs: number): Promise<string> => {
    const { set } = await writeBlocks({ client, table: tableFor(erasures) }, 1, { entries: [entry], nowMs: writtenMs });
    return `#erasures#${set}#0`;
  };
  const entry: BlockEntry = { subject: "a".repeat(32), untilUs: 1, number: 1 };
  const [old, young] = [await abandoned(Date.now() - 2 * DAY_MS), await abandoned(Date.now())];
  const blocks = await erasures.replaceBlocks(null, 1, [entry]);
  expect(await expiryOf(erasures, old)).toBeLessThan((Date.now() + DAY_MS) / 1_000);
  expect(await expiryOf(erasures, young)).toBeNull();
  expect(await expiryOf(erasures, `#erasures#${blocks?.set}#0`)).toBeNull();
});

it("starts a process with 30,000 erasures from four blocks, in at most 3 MB", async () => {
  const erasures = await open();
  await erasures.announce([
    { kind: "erase", id: "r", by: "test", atMs: 1, subject: "a".repeat(32), untilUs: Date.now() * 1_000 },
  ]);
  await erasures.enforce(1);
  const entries = Array.from({ length: 30_001 }, (_, index): BlockEntry => {
    return { subject: hash("md5", String(index), "hex"), untilUs: 1, number: 1 };
  });
  expect(await erasures.replaceBlocks(null, 1, entries)).toMatchObject({ count: 4 });
  const list = new ErasureList(erasures);
  await list.follow(await erasures.readState());
  expect(list.size.subjects).toBe(30_001);
  expect(list.size.bytes).toBeLessThan(3 * 1_024 * 1_024);
});
