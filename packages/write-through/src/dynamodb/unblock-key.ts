/**
 * Lets a key begin anew, for one whose version is wrong: of a record a day
 * ahead, say, which no right record beats. The only way in which a version of
 * a key ever goes down. To be done while the cache is off and nobody relies on
 * what it held (`cache-epoch/while-cache-is-off.ts`).
 *
 * The item and the reason go and come in one transaction, so that no key was
 * ever unblocked without saying why.
 */
import { type DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import type { Version } from "../protocol/version.ts";
import { storeErrorOf } from "./store-errors.ts";

export interface Unblocking {
  readonly table: string;
  readonly key: string;
  /** The very version that the key is to lose. */
  readonly version: Version;
  readonly reason: string;
  /** Who. */
  readonly by: string;
  readonly atMs: number;
}

export type Unblocked =
  | { readonly kind: "unblocked"; readonly recordKey: string }
  /** The key holds another version, or nothing: nothing was changed. */
  | { readonly kind: "holds-another" };

/** @throws CoreError: the outcome is unknown then */
export async function unblockKey(client: DynamoDBClient, unblocking: Unblocking): Promise<Unblocked> {
  const { table: TableName, key, version, reason, by, atMs } = unblocking;
  const recordKey = `#unblocked#${atMs}#${key}`;
  try {
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          {
            Delete: {
              TableName,
              Key: { pk: { S: key } },
              ConditionExpression: "v = :v",
              ExpressionAttributeValues: { ":v": { S: version } },
            },
          },
          {
            Put: {
              TableName,
              Item: {
                pk: { S: recordKey },
                key: { S: key },
                version: { S: version },
                reason: { S: reason },
                by: { S: by },
                at: { N: String(atMs) },
              },
            },
          },
        ],
      }),
    );
    return { kind: "unblocked", recordKey };
  } catch (error) {
    const isRefused =
      error instanceof TransactionCanceledException &&
      error.CancellationReasons?.[0]?.Code === "ConditionalCheckFailed";
    if (isRefused) return { kind: "holds-another" };
    throw storeErrorOf(error, "unblock a key");
  }
}
