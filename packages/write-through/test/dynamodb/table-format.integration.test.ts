/** The checks of a process that opens the table, on a real DynamoDB Local. */
import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type ServerHandle, startDynamoDb } from "@trilane/servers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { applyTable, checkTableFormat, claimGroupKeys, DynamoStore } from "../../src/dynamodb/index.ts";
import { putOf } from "../../src/testing/sample-records.ts";
import { patientClientOptions } from "./patient-client.ts";

/** A version as the program made it before versions had a place. */
const OLD_VERSION = `${"0".repeat(15)}1${"0".repeat(19)}2${"a".repeat(16)}`;
const MARK = { pk: { S: "#format" } };

let server: ServerHandle;
let client: DynamoDBClient;
let tables = 0;

beforeAll(async () => {
  server = await startDynamoDb({});
  client = new DynamoDBClient({
    ...patientClientOptions(),
    endpoint: server.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
});
afterAll(async () => {
  client.destroy();
  await server.stop();
});

async function newTable(): Promise<string> {
  const table = `format-${(tables += 1)}`;
  await applyTable(client, table);
  return table;
}

/** A table as a program without marks has made it. */
async function unmarkedTable(): Promise<string> {
  const table = await newTable();
  await client.send(new DeleteItemCommand({ TableName: table, Key: MARK }));
  return table;
}

async function putItem(table: string, pk: string, v: string): Promise<void> {
  const Item = { pk: { S: pk }, v: { S: v }, d: { B: new Uint8Array([1]) }, x: { N: "4000000000" } };
  await client.send(new PutItemCommand({ TableName: table, Item }));
}

it("marks a new table, and takes it again and again", async () => {
  const table = await newTable();
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: MARK }));
  expect(Item).toEqual({ ...MARK, format: { N: "3" } });
  await Promise.all([checkTableFormat(client, table), checkTableFormat(client, table)]);
});

it("refuses a table with versions of the old width by its name, with what was found and what to do", async () => {
  const table = await unmarkedTable();
  await putItem(table, "routes#SEA#SFO", OLD_VERSION);
  const refusal = checkTableFormat(client, table);
  await expect(refusal).rejects.toMatchObject({ code: "STORE_OTHER_FORMAT", retryable: false, fields: { table } });
  await expect(refusal).rejects.toThrow(
    new RegExp(
      `"${table}" holds records whose versions have 52 characters; .* 97 characters. Name a new table in TRILANE_TABLE`,
    ),
  );
  await expect(applyTable(client, table)).rejects.toMatchObject({ code: "STORE_OTHER_FORMAT" });
  expect((await client.send(new GetItemCommand({ TableName: table, Key: MARK }))).Item).toBeUndefined();
});

it("finds an old record behind thousands of marks and checkpoints", async () => {
  const table = await unmarkedTable();
  for (let from = 0; from < 2_500; from += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => putItem(table, `#load#${from + index}`, "")));
  }
  await putItem(table, "routes#SEA#SFO", OLD_VERSION);
  await expect(checkTableFormat(client, table)).rejects.toMatchObject({ code: "STORE_OTHER_FORMAT" });
});

it("marks an unmarked table that holds nothing of the old width", async () => {
  const table = await unmarkedTable();
  await new DynamoStore(client, { table }).put([putOf("a", 1)]);
  await checkTableFormat(client, table);
  expect((await client.send(new GetItemCommand({ TableName: table, Key: MARK }))).Item).toBeDefined();
});

it("refuses a table of a later format", async () => {
  const table = await newTable();
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: MARK,
      UpdateExpression: "SET #format = :later",
      ExpressionAttributeNames: { "#format": "format" },
      ExpressionAttributeValues: { ":later": { N: "4" } },
    }),
  );
  await expect(checkTableFormat(client, table)).rejects.toThrow(`"${table}" is marked as of format 4; this program`);
});

it("keeps how the keys of each group are stored, and refuses another form by the group's name", async () => {
  const table = await newTable();
  const [gates, persons] = [{ name: "gates", keys: "plain" } as const, { name: "persons", keys: "digests" } as const];
  await claimGroupKeys(client, { table, groups: [gates] });
  await Promise.all([1, 2, 3].map(() => claimGroupKeys(client, { table, groups: [gates, persons] })));
  for (const group of [{ ...gates, keys: "digests" } as const, { ...persons, keys: "plain" } as const]) {
    const later = { name: "later", keys: "plain" } as const;
    await expect(claimGroupKeys(client, { table, groups: [later, group] })).rejects.toMatchObject({
      code: "GROUP_KEYS_OTHER",
      message: expect.stringContaining(`"${group.name}"`),
    });
  }
  await claimGroupKeys(client, { table, groups: [persons] });
});

it("tells a missing table from one of another format", async () => {
  await expect(checkTableFormat(client, "no-such-table")).rejects.toMatchObject({ code: "STORE_REJECTED" });
});

it("answers STORE_CORRUPT for the one key whose version has the old width, and reads its neighbours", async () => {
  const table = await newTable();
  const store = new DynamoStore(client, { table });
  await store.put([putOf("a", 1), putOf("b", 1)]);
  await putItem(table, "old", OLD_VERSION);
  expect(await store.read(["a", "old", "b"])).toMatchObject([
    { kind: "found" },
    { kind: "failed", error: { code: "STORE_CORRUPT" } },
    { kind: "found" },
  ]);
  expect(await store.read(["old"])).toMatchObject([{ kind: "failed", error: { code: "STORE_CORRUPT" } }]);
});
