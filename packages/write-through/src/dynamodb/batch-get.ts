/** Consistent reads of up to 100 keys in one call. */
import { BatchGetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CoreError } from "../errors.ts";
import type { StoredCopy, StoreReadReply } from "../ports/store.ts";
import { storeErrorOf } from "./store-errors.ts";
import { copyOf, type Item } from "./item.ts";

/** Rounds for the keys that DynamoDB leaves unprocessed, because an answer has at most 16 MB or calls are throttled. */
const ROUNDS_MAX = 5;

export async function batchGet(
  client: DynamoDBClient,
  table: string,
  keys: readonly string[],
): Promise<readonly StoreReadReply[]> {
  const found = new Map<string, StoreReadReply>();
  let wanted = keys;
  try {
    for (let round = 0; round < ROUNDS_MAX && wanted.length > 0; round += 1) {
      wanted = await getRound(client, table, wanted, found);
    }
  } catch (error) {
    const failed: StoreReadReply = { kind: "failed", error: storeErrorOf(error, "read items") };
    return keys.map((key) => found.get(key) ?? failed);
  }
  const left = new Set(wanted);
  return keys.map((key) => found.get(key) ?? (left.has(key) ? unprocessed() : ABSENT_REPLY));
}

const ABSENT_REPLY: StoreReadReply = { kind: "found", copy: copyOf(undefined) };

/** Adds the items of the answer to `found` and returns the keys that were left unprocessed. */
async function getRound(
  client: DynamoDBClient,
  table: string,
  keys: readonly string[],
  found: Map<string, StoreReadReply>,
): Promise<readonly string[]> {
  const output = await client.send(
    new BatchGetItemCommand({
      RequestItems: { [table]: { Keys: keys.map((key) => ({ pk: { S: key } })), ConsistentRead: true } },
    }),
  );
  for (const item of output.Responses?.[table] ?? []) {
    const key = item["pk"]?.S;
    if (key !== undefined) found.set(key, replyOf(item));
  }
  const left = output.UnprocessedKeys?.[table]?.Keys ?? [];
  return left.flatMap((key) => key["pk"]?.S ?? []);
}

function replyOf(item: Item): StoreReadReply {
  try {
    const copy: StoredCopy = copyOf(item);
    return { kind: "found", copy };
  } catch (error) {
    return { kind: "failed", error: storeErrorOf(error, "read an item") };
  }
}

function unprocessed(): StoreReadReply {
  const message = `store: read items: DynamoDB left the key unprocessed ${ROUNDS_MAX} times`;
  return { kind: "failed", error: new CoreError("STORE_THROTTLED", message) };
}
