/**
 * The rights that a process needs on the table. Each is tried by a call that
 * changes nothing, because a small write goes by PutItem and a larger one by
 * PartiQL, so a role that lacks one of them would fail only under load.
 */
import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { FORMAT_KEY } from "./table-format.ts";
import { SUBJECT_INDEX } from "./table-shape.ts";

/** The name of the action in IAM. */
export type StoreRight =
  | "dynamodb:GetItem"
  | "dynamodb:BatchGetItem"
  | "dynamodb:PutItem"
  | "dynamodb:PartiQLInsert"
  | "dynamodb:PartiQLUpdate"
  | "dynamodb:UpdateItem"
  | "dynamodb:DeleteItem"
  | "dynamodb:ConditionCheckItem"
  | "dynamodb:DescribeTable"
  | "dynamodb:DescribeTimeToLive"
  | "dynamodb:Query"
  | "dynamodb:Scan";

export interface TriedRight {
  readonly right: StoreRight;
  /** Null where the right exists; otherwise the name of the refusal. */
  readonly refusal: string | null;
}

/** No group and no mark has this key. */
const NOBODYS_KEY = "#doctor";
/** The answer to a write whose condition does not hold: it was allowed, and nothing was changed. */
const ALLOWED: ReadonlySet<string> = new Set([
  "ConditionalCheckFailedException",
  "ConditionalCheckFailed",
  "DuplicateItem",
  "DuplicateItemException",
  "TransactionCanceledException",
]);

type Attempt = (client: DynamoDBClient, table: string) => Promise<unknown>;

const ATTEMPTS: Readonly<Record<StoreRight, Attempt>> = {
  "dynamodb:GetItem": (client, table) =>
    client.send(new GetItemCommand({ TableName: table, Key: { pk: { S: NOBODYS_KEY } }, ConsistentRead: true })),
  "dynamodb:BatchGetItem": (client, table) =>
    client.send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: [{ pk: { S: NOBODYS_KEY } }] } } })),
  "dynamodb:PutItem": (client, table) =>
    client.send(
      new PutItemCommand({
        TableName: table,
        Item: { pk: { S: NOBODYS_KEY } },
        ConditionExpression: "attribute_exists(pk)",
      }),
    ),
  // The mark of the table's format is there already, so nothing is inserted.
  "dynamodb:PartiQLInsert": (client, table) => execute(client, `INSERT INTO "${table}" VALUE {'pk': '${FORMAT_KEY}'}`),
  "dynamodb:PartiQLUpdate": (client, table) =>
    execute(client, `UPDATE "${table}" SET d = 'x' WHERE pk = '${NOBODYS_KEY}'`),
  "dynamodb:UpdateItem": (client, table) =>
    client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: NOBODYS_KEY } },
        UpdateExpression: "SET d = :nothing",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":nothing": { S: "" } },
      }),
    ),
  "dynamodb:DeleteItem": (client, table) =>
    client.send(
      new DeleteItemCommand({
        TableName: table,
        Key: { pk: { S: NOBODYS_KEY } },
        ConditionExpression: "attribute_exists(pk)",
      }),
    ),
  "dynamodb:ConditionCheckItem": (client, table) =>
    client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          {
            ConditionCheck: {
              TableName: table,
              Key: { pk: { S: NOBODYS_KEY } },
              ConditionExpression: "attribute_exists(pk)",
            },
          },
        ],
      }),
    ),
  "dynamodb:DescribeTable": (client, table) => client.send(new DescribeTableCommand({ TableName: table })),
  "dynamodb:DescribeTimeToLive": (client, table) => client.send(new DescribeTimeToLiveCommand({ TableName: table })),
  "dynamodb:Query": (client, table) =>
    client.send(
      new QueryCommand({
        TableName: table,
        IndexName: SUBJECT_INDEX,
        KeyConditionExpression: "s = :nobody",
        ExpressionAttributeValues: { ":nobody": { S: NOBODYS_KEY } },
      }),
    ),
  "dynamodb:Scan": (client, table) => client.send(new ScanCommand({ TableName: table, Limit: 1 })),
};

/**
 * The table must be there, with the mark of its format.
 * @param actions those that are tried; actions that cannot be tried without a change are left out
 */
export function tryStoreRights(
  client: DynamoDBClient,
  table: string,
  actions: readonly string[],
): Promise<readonly TriedRight[]> {
  const all = Object.entries(ATTEMPTS) as (readonly [StoreRight, Attempt])[];
  const attempts = all.filter(([right]) => actions.includes(right));
  return Promise.all(
    attempts.map(async ([right, attempt]) => ({ right, refusal: await refusalOf(() => attempt(client, table)) })),
  );
}

async function refusalOf(attempt: () => Promise<unknown>): Promise<string | null> {
  try {
    await attempt();
    return null;
  } catch (error) {
    const name = error instanceof Error ? error.name : "Error";
    return ALLOWED.has(name) ? null : name;
  }
}

/** @throws Error with the name of the statement's error */
async function execute(client: DynamoDBClient, statement: string): Promise<void> {
  const { Responses = [] } = await client.send(
    new BatchExecuteStatementCommand({ Statements: [{ Statement: statement }] }),
  );
  const [response] = Responses;
  if (response?.Error === undefined) return;
  throw Object.assign(new Error(response.Error.Message), { name: response.Error.Code ?? "Error" });
}
