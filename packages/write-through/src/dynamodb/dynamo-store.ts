/**
 * The store port over one DynamoDB table.
 *
 * A few records go as single conditional PutItem calls, which answer a refusal
 * with the stored item; more go as PartiQL batches (see `partiql-bulk.ts`),
 * which cost about a tenth of the client's CPU. Reads are strongly consistent,
 * always. Every call counts against one limit of `callsMax` under way.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import pLimit, { type LimitFunction } from "p-limit";
import { chunked } from "../chunked.ts";
import type { Store, StorePut, StorePutReply, StoreReadReply } from "../ports/store.ts";
import { batchGet } from "./batch-get.ts";
import { BulkPut, STATEMENTS_MAX } from "./partiql-bulk.ts";
import { storeErrorOf } from "./store-errors.ts";
import { copyOf, itemOf } from "./table.ts";

export interface DynamoStoreOptions {
  readonly table: string;
  /** Calls under way at once. */
  readonly callsMax?: number;
  /** From this many records in one put on, PartiQL batches are used. */
  readonly bulkFrom?: number;
}

const DEFAULTS = { callsMax: 32, bulkFrom: 4 };
/** Keys in one BatchGetItem, DynamoDB's limit. */
const GETS_MAX = 100;
const IF_NEWER = "attribute_not_exists(pk) OR v < :v";

export class DynamoStore implements Store {
  readonly #client: DynamoDBClient;
  readonly #options: Required<DynamoStoreOptions>;
  readonly #limit: LimitFunction;
  readonly #bulk: BulkPut;

  /** `client`: see `storeClientOptions`. */
  constructor(client: DynamoDBClient, options: DynamoStoreOptions) {
    this.#client = client;
    this.#options = { ...DEFAULTS, ...options };
    this.#limit = pLimit(this.#options.callsMax);
    this.#bulk = new BulkPut(client, options.table);
  }

  async put(puts: readonly StorePut[]): Promise<readonly StorePutReply[]> {
    if (puts.length < this.#options.bulkFrom) {
      return Promise.all(puts.map((put) => this.#limit(() => this.#putOne(put))));
    }
    const chunks = chunked(puts, STATEMENTS_MAX);
    const replies = await Promise.all(chunks.map((chunk) => this.#limit(() => this.#bulk.put(chunk))));
    return replies.flat();
  }

  async read(keys: readonly string[]): Promise<readonly StoreReadReply[]> {
    if (keys.length === 1) return Promise.all(keys.map((key) => this.#limit(() => this.#readOne(key))));
    const chunks = chunked(keys, GETS_MAX);
    const replies = await Promise.all(
      chunks.map((chunk) => this.#limit(() => batchGet(this.#client, this.#options.table, chunk))),
    );
    return replies.flat();
  }

  async #putOne(put: StorePut): Promise<StorePutReply> {
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#options.table,
          Item: itemOf(put),
          ConditionExpression: IF_NEWER,
          ExpressionAttributeValues: { ":v": { S: put.version } },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return { kind: "stored" };
    } catch (error) {
      // A retry inside the SDK may meet its own first attempt: the returned version tells.
      if (error instanceof ConditionalCheckFailedException && error.Item !== undefined) {
        return refusedBy(error.Item);
      }
      return { kind: "failed", error: storeErrorOf(error, "put an item") };
    }
  }

  async #readOne(key: string): Promise<StoreReadReply> {
    try {
      const { Item } = await this.#client.send(
        new GetItemCommand({ TableName: this.#options.table, Key: { pk: { S: key } }, ConsistentRead: true }),
      );
      return { kind: "found", copy: copyOf(Item) };
    } catch (error) {
      return { kind: "failed", error: storeErrorOf(error, "read an item") };
    }
  }
}

function refusedBy(item: Parameters<typeof copyOf>[0]): StorePutReply {
  try {
    return { kind: "refused", current: copyOf(item) };
  } catch (error) {
    return { kind: "failed", error: storeErrorOf(error, "read the item that refused a put") };
  }
}
