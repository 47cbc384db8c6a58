/** The regime record, in the table of the records, under a key that no group can have. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { RegimeRecord } from "../ports/store.ts";
import { storeErrorOf } from "./store-errors.ts";

export class DynamoRegime implements RegimeRecord {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #key: string;

  constructor(client: DynamoDBClient, options: { table: string; cacheName?: string }) {
    this.#client = client;
    this.#table = options.table;
    this.#key = `#regime#${options.cacheName ?? "default"}`;
  }

  async readEpoch(): Promise<number | null> {
    try {
      const { Item } = await this.#client.send(
        new GetItemCommand({ TableName: this.#table, Key: { pk: { S: this.#key } }, ConsistentRead: true }),
      );
      return Item === undefined ? null : Number(Item["epoch"]?.N);
    } catch (error) {
      throw storeErrorOf(error, "read the regime record");
    }
  }

  async advanceEpoch(from: number | null, to: number): Promise<boolean> {
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#table,
          Item: { pk: { S: this.#key }, epoch: { N: String(to) } },
          ...(from === null
            ? { ConditionExpression: "attribute_not_exists(pk)" }
            : { ConditionExpression: "epoch = :from", ExpressionAttributeValues: { ":from": { N: String(from) } } }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw storeErrorOf(error, "advance the regime record");
    }
  }
}
