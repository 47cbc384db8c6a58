/**
 * The store port over one DynamoDB table.
 *
 * A few records go as single conditional PutItem calls, which answer a refusal
 * with the stored item. More go as PartiQL batches (see `partiql-bulk.ts`),
 * which cost about a tenth of the client's CPU. All reads are strongly
 * consistent. How many of these calls are under way at once depends on what the
 * store can take (see `store-limiter.ts`).
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { cutByBytes, ValueSizes } from "../by-bytes.ts";
import { chunked } from "../by-position.ts";
import type { Store, StorePut, StorePutReply, StoreReadReply } from "../ports/store.ts";
import { VERSION_WIDTH } from "../protocol/version.ts";
import { systemClock, systemRandom } from "../system-clock.ts";
import { batchGet } from "./batch-get.ts";
import { BulkPut, statementsPerCall } from "./partiql-bulk.ts";
import { isOverload, storeErrorOf } from "./store-errors.ts";
import { StoreLimiter, type StoreLimiterPorts, type StoreLimits, storeLimitsDefaults } from "./store-limiter.ts";
import { copyOf, itemOf } from "./item.ts";

export interface DynamoStoreOptions {
  readonly table: string;
  readonly limits?: Partial<StoreLimits>;
  /** PartiQL batches are used from this many records in one put on. */
  readonly bulkFrom?: number;
}

const BULK_FROM = 4;
/** Keys in one BatchGetItem: DynamoDB's limit. */
const GETS_MAX = 100;
const IF_NEWER = "attribute_not_exists(pk) OR v < :v";

export class DynamoStore implements Store {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #bulkFrom: number;
  readonly #limiter: StoreLimiter;
  readonly #bulk: BulkPut;
  readonly #sizes = new ValueSizes();

  /** @param client made with `storeClientOptions` */
  constructor(client: DynamoDBClient, options: DynamoStoreOptions, ports: Partial<StoreLimiterPorts> = {}) {
    const { table, limits, bulkFrom = BULK_FROM } = options;
    this.#client = client;
    this.#table = table;
    this.#bulkFrom = bulkFrom;
    const { clock = systemClock, random = systemRandom, emit = () => undefined } = ports;
    this.#limiter = new StoreLimiter({ clock, random, emit }, { ...storeLimitsDefaults, ...limits });
    this.#bulk = new BulkPut(client, table);
  }

  async put(puts: readonly StorePut[]): Promise<readonly StorePutReply[]> {
    if (puts.length < this.#bulkFrom) {
      const replies = await Promise.all(puts.map((put) => this.#limiter.run(1, async () => [await this.#putOne(put)])));
      return replies.flat();
    }
    const chunks = cutByBytes(puts, { countMax: statementsPerCall(puts.length), bytesOf: bytesOfPut });
    const replies = await Promise.all(
      chunks.map((chunk) => this.#limiter.run(chunk.length, () => this.#bulk.put(chunk))),
    );
    return replies.flat();
  }

  async read(keys: readonly string[]): Promise<readonly StoreReadReply[]> {
    const [only] = keys;
    if (only !== undefined && keys.length === 1) {
      return this.#limiter.run(1, async () => [await this.#readOne(only)]);
    }
    const chunks = chunked(keys, this.#sizes.countMax(GETS_MAX));
    const replies = await Promise.all(
      chunks.map((chunk) => this.#limiter.run(chunk.length, () => this.#readChunk(chunk))),
    );
    return replies.flat();
  }

  async #readChunk(keys: readonly string[]): Promise<readonly StoreReadReply[]> {
    const replies = await batchGet(this.#client, this.#table, keys);
    if (replies.some((reply) => reply.kind === "failed" && isOverload(reply.error))) this.#sizes.wereLate(keys.length);
    else this.#sizes.saw(Math.max(...replies.map(bytesOfReply)));
    return replies;
  }

  async #putOne(put: StorePut): Promise<StorePutReply> {
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#table,
          Item: itemOf(put),
          ConditionExpression: IF_NEWER,
          ExpressionAttributeValues: { ":v": { S: put.version } },
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return { kind: "stored" };
    } catch (error) {
      // A retry inside the SDK may meet its own first attempt; the returned version shows that.
      if (error instanceof ConditionalCheckFailedException && error.Item !== undefined) {
        return refusedBy(error.Item);
      }
      return { kind: "failed", error: storeErrorOf(error, "put an item") };
    }
  }

  async #readOne(key: string): Promise<StoreReadReply> {
    try {
      const { Item } = await this.#client.send(
        new GetItemCommand({ TableName: this.#table, Key: { pk: { S: key } }, ConsistentRead: true }),
      );
      return { kind: "found", copy: copyOf(Item) };
    } catch (error) {
      return { kind: "failed", error: storeErrorOf(error, "read an item") };
    }
  }
}

function bytesOfPut({ key, body, subject }: StorePut): number {
  return key.length + (body.payload?.length ?? 0) + (subject?.length ?? 0) + VERSION_WIDTH;
}

function bytesOfReply(reply: StoreReadReply): number {
  return reply.kind === "found" ? (reply.copy.body?.payload?.length ?? 0) + VERSION_WIDTH : 0;
}

function refusedBy(item: Parameters<typeof copyOf>[0]): StorePutReply {
  try {
    return { kind: "refused", current: copyOf(item) };
  } catch (error) {
    return { kind: "failed", error: storeErrorOf(error, "read the item that refused a put") };
  }
}
