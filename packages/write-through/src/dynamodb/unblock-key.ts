/**
 * Lets a key begin anew when its version is wrong, for example the version of a
 * record a day in the future, which no right record beats. This is the only way
 * in which the version of a key ever goes down. It is to be done while the
 * cache is off and nobody relies on what it held
 * (`cache-epoch/operate-cache-epoch.ts`).
 *
 * One transaction removes the item and writes the reason, so no key is ever
 * unblocked without a stated reason.
 */
import { type DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import type { Version } from "../protocol/version.ts";
import { storeErrorOf } from "./store-errors.ts";

export interface Unblocking {
  readonly table: string;
  readonly key: string;
  /** The exact version that the key is to lose. */
  readonly version: Version;
  readonly reason: string;
  /** Who does it. */
  readonly by: string;
  readonly atMs: number;
}

export type Unblocked =
  | { readonly kind: "unblocked"; readonly recordKey: string }
  /** The key holds another version, or nothing; nothing was changed. */
  | { readonly kind: "holds-another" };

/** @throws CoreError; the outcome is then unknown */
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
