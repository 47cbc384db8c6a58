/**
 * The one table: its definition, which is the same locally and in the cloud,
 * and its creation.
 */
import type { CreateTableCommandInput, DynamoDBClient, UpdateTimeToLiveCommandInput } from "@aws-sdk/client-dynamodb";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { checkTableFormat, otherTable } from "./table-format.ts";
import { EXPIRY_ATTRIBUTE, SUBJECT_INDEX, tableMismatch } from "./table-shape.ts";

const TABLE_WAIT_SECONDS_MAX = 120;

/** Point-in-time recovery and encryption are left to the account. Nothing here depends on them. */
export function tableDefinition(table: string): CreateTableCommandInput {
  return {
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "s", AttributeType: "S" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: SUBJECT_INDEX,
        KeySchema: [{ AttributeName: "s", KeyType: "HASH" }],
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
  };
}

/**
 * Creates the table where there is none, waits until it can be used, and marks its format. True when it was created. An
 * existing table is checked before anything of it is changed, because expiry on another program's table would delete
 * that program's items.
 * @throws CoreError STORE_OTHER_TABLE, STORE_OTHER_FORMAT
 */
export async function applyTable(client: DynamoDBClient, table: string): Promise<boolean> {
  const isCreated = !(await isThere(client, table)) && (await createUnlessThere(client, table));
  await waitUntilTableExists(
    { client, maxWaitTime: TABLE_WAIT_SECONDS_MAX, minDelay: 1, maxDelay: 2 },
    { TableName: table },
  );
  const status = await checkShape(client, table);
  await checkTableFormat(client, table);
  if (isEnabled(status)) return isCreated;
  const input: UpdateTimeToLiveCommandInput = {
    TableName: table,
    TimeToLiveSpecification: { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true },
  };
  await client.send(new UpdateTimeToLiveCommand(input));
  return isCreated;
}

export type TableState = "missing" | "without-expiry" | "ready";

/**
 * Looks at the table and changes nothing of it, but for the mark of its format where it has no records yet.
 * @throws CoreError STORE_OTHER_TABLE, STORE_OTHER_FORMAT; an error of the client
 */
export async function checkTable(client: DynamoDBClient, table: string): Promise<TableState> {
  if (!(await isThere(client, table))) return "missing";
  const status = await checkShape(client, table);
  await checkTableFormat(client, table);
  return isEnabled(status) ? "ready" : "without-expiry";
}

function isEnabled(status: string | undefined): boolean {
  return status === "ENABLED" || status === "ENABLING";
}

/** Checks the table, and returns the status of its expiry. */
async function checkShape(client: DynamoDBClient, table: string): Promise<string | undefined> {
  const { Table = {} } = await client.send(new DescribeTableCommand({ TableName: table }));
  const { TimeToLiveDescription: expiry } = await client.send(new DescribeTimeToLiveCommand({ TableName: table }));
  const mismatch = tableMismatch(Table, expiry);
  if (mismatch !== null) throw otherTable(table, mismatch);
  return expiry?.TimeToLiveStatus;
}

async function isThere(client: DynamoDBClient, table: string): Promise<boolean> {
  try {
    await client.send(new DescribeTableCommand({ TableName: table }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return false;
    throw error;
  }
}

async function createUnlessThere(client: DynamoDBClient, table: string): Promise<boolean> {
  try {
    await client.send(new CreateTableCommand(tableDefinition(table)));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceInUseException") return false;
    throw error;
  }
}
