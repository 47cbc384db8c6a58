/**
 * The store as the common approaches use it. It is correct, so that only the
 * cache is compared.
 */
import { ConditionalCheckFailedException, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Version } from "@trilane/write-through";
import type { ComparedRecord, ApproachPorts } from "./approach.ts";

type StoreParts = Pick<ApproachPorts, "store" | "table">;

/** True: the store holds this version now, by this put or by an earlier one of the same record. False: a newer one. */
export async function putIfNewer({ store, table }: StoreParts, record: ComparedRecord): Promise<boolean> {
  try {
    await store.send(
      new PutItemCommand({
        TableName: table,
        Item: { pk: { S: record.key }, v: { S: record.version }, d: { S: record.payload } },
        ConditionExpression: "attribute_not_exists(pk) OR v < :v",
        ExpressionAttributeValues: { ":v": { S: record.version } },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error.Item?.["v"]?.S === record.version;
    throw error;
  }
}

export async function getConsistently({ store, table }: StoreParts, key: string): Promise<ComparedRecord | null> {
  const { Item } = await store.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: key } }, ConsistentRead: true }),
  );
  const [version, payload] = [Item?.["v"]?.S, Item?.["d"]?.S];
  return version === undefined || payload === undefined ? null : { key, version: version as Version, payload };
}
