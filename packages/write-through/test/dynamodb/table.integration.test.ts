/**
 * A table that already exists is left as it is unless it fits, on a real
 * DynamoDB Local.
 */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { type ServerHandle, startDynamoDb } from "@trilane/servers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { applyTable, tableDefinition } from "../../src/dynamodb/index.ts";
import { patientClientOptions } from "./patient-client.ts";

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

async function tableWith(change: Partial<CreateTableCommandInput>): Promise<string> {
  const table = `apply-${(tables += 1)}`;
  await client.send(new CreateTableCommand({ ...tableDefinition(table), ...change }));
  return table;
}

async function expiryOf(table: string): Promise<string | undefined> {
  const { TimeToLiveDescription: expiry } = await client.send(new DescribeTimeToLiveCommand({ TableName: table }));
  return expiry?.TimeToLiveStatus === "ENABLED" ? expiry.AttributeName : undefined;
}

/** The table is refused with the reason, and neither its expiry nor its items have changed. */
async function expectRefused(table: string, reason: string): Promise<void> {
  const [expiry, items] = [await expiryOf(table), (await client.send(new ScanCommand({ TableName: table }))).Items];
  const refusal = applyTable(client, table);
  await expect(refusal).rejects.toMatchObject({ code: "STORE_OTHER_TABLE", retryable: false, fields: { table } });
  await expect(refusal).rejects.toThrow(`the table "${table}" ${reason}`);
  expect(await expiryOf(table)).toBe(expiry);
  expect((await client.send(new ScanCommand({ TableName: table }))).Items).toEqual(items);
}

const index = (attribute: string): CreateTableCommandInput["GlobalSecondaryIndexes"] => [
  {
    IndexName: "subject",
    KeySchema: [{ AttributeName: attribute, KeyType: "HASH" }],
    Projection: { ProjectionType: "KEYS_ONLY" },
  },
];

it("a table that fits is taken, again and again", async () => {
  const table = await tableWith({});
  expect(await applyTable(client, table)).toBe(false);
  expect(await expiryOf(table)).toBe("x");
  expect(await applyTable(client, table)).toBe(false);
});

it("a table with other keys is refused", async () => {
  const table = await tableWith({
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "s", KeyType: "RANGE" },
    ],
  });
  await expectRefused(table, "has the keys pk (S, HASH), s (S, RANGE) instead of pk (S, HASH)");
});

it("a table without the subjects' index, or with it on another attribute or type, is refused", async () => {
  const pk = { AttributeName: "pk", AttributeType: "S" } as const;
  const none = await tableWith({ GlobalSecondaryIndexes: undefined, AttributeDefinitions: [pk] });
  await expectRefused(none, 'has no index "subject" on s (S, HASH)');
  const other = await tableWith({
    GlobalSecondaryIndexes: index("owner"),
    AttributeDefinitions: [pk, { AttributeName: "owner", AttributeType: "S" }],
  });
  await expectRefused(other, 'has an index "subject" on owner (S, HASH) instead of s (S, HASH)');
  const number = await tableWith({ AttributeDefinitions: [pk, { AttributeName: "s", AttributeType: "N" }] });
  await expectRefused(number, 'has an index "subject" on s (N, HASH) instead of s (S, HASH)');
});

it("a table whose items expire by another attribute is refused", async () => {
  const table = await tableWith({});
  const TimeToLiveSpecification = { AttributeName: "expires", Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
  await expectRefused(table, 'lets items expire by the attribute "expires" instead of "x"');
});

it("a table that holds another program's items is refused, and gets no expiry", async () => {
  const table = await tableWith({});
  const Item = { pk: { S: "USER#1" }, x: { N: "1" } };
  await client.send(new PutItemCommand({ TableName: table, Item }));
  await expectRefused(table, `holds another program's items, such as "USER#1"`);
  expect(await expiryOf(table)).toBeUndefined();
});
