/**
 * The cache epoch record. It lies in the table of the records, under a key that
 * no group can have.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { CoreError } from "../errors.ts";
import type { CacheEpochReading, CacheEpochRecord, CacheEpochStore } from "../ports/store.ts";
import type { CacheEpoch, CacheEpochMode } from "../protocol/cache-epoch.ts";
import { erasureStateOf } from "./erasure-items.ts";
import { keepDate } from "./server-date.ts";
import { storeErrorOf } from "./store-errors.ts";

/** The list of erasures has its numbers in the same item, so that one read brings both. */
export const CACHE_EPOCH_KEY = "#regime#default";
/** The lease of a record that was written by a version whose records did not state it. */
const UNSTATED_LEASE_MS = 3_000;
const MODES: Readonly<Record<string, CacheEpochMode>> = { on: "on", warm: "warm", off: "off" };

export class DynamoCacheEpoch implements CacheEpochStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, options: { table: string }) {
    this.#client = client;
    this.#table = options.table;
  }

  async readCacheEpoch(): Promise<CacheEpochReading> {
    try {
      const command = new GetItemCommand({
        TableName: this.#table,
        Key: { pk: { S: CACHE_EPOCH_KEY } },
        ConsistentRead: true,
      });
      const date = keepDate(command);
      const { Item } = await this.#client.send(command, {});
      const { serverTimeMs } = date;
      return Item === undefined
        ? { record: null, serverTimeMs }
        : { record: recordOf(Item), serverTimeMs, erasures: erasureStateOf(Item) };
    } catch (error) {
      throw storeErrorOf(error, "read the cache epoch record");
    }
  }

  /** Leaves the attributes of the list of erasures as they are, because erasures change them at the same time. */
  async changeCacheEpoch(from: CacheEpoch | null, to: CacheEpochRecord): Promise<boolean> {
    try {
      await this.#client.send(new UpdateItemCommand(changeOf(this.#table, from, to)));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw storeErrorOf(error, "change the cache epoch record");
    }
  }
}

function changeOf(table: string, from: CacheEpoch | null, to: CacheEpochRecord): UpdateItemCommandInput {
  const attributes: Readonly<Record<string, AttributeValue>> = {
    epoch: { N: String(to.epoch) },
    mode: { S: to.mode },
    lease: { N: String(to.leaseMs) },
    wait: { N: String(to.waitMs) },
    reason: { S: to.reason },
    by: { S: to.by },
    changed: { N: String(to.changedAtMs) },
    held: { BOOL: to.isHeld },
    ...(to.cacheName === null ? {} : { cache: { S: to.cacheName } }),
  };
  const names = Object.keys(attributes);
  const settings = names.map((name) => `#${name} = :${name}`).join(", ");
  const removal = to.cacheName === null ? " REMOVE #cache" : "";
  const condition = from === null ? "attribute_not_exists(#epoch)" : "#epoch = :fromEpoch AND #mode = :fromMode";
  return {
    TableName: table,
    Key: { pk: { S: CACHE_EPOCH_KEY } },
    UpdateExpression: `SET ${settings}${removal}`,
    ConditionExpression: condition,
    ExpressionAttributeNames: Object.fromEntries([...names, "cache"].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value])),
      ...(from === null ? {} : { ":fromEpoch": { N: String(from.epoch) }, ":fromMode": { S: from.mode } }),
    },
  };
}

function recordOf(item: Readonly<Record<string, AttributeValue>>): CacheEpochRecord {
  const epoch = Number(item["epoch"]?.N);
  const mode = MODES[item["mode"]?.S ?? ""];
  if (!Number.isSafeInteger(epoch) || mode === undefined) {
    throw new CoreError("STORE_CORRUPT", "the cache epoch record has no epoch and mode: did another program write it?");
  }
  const leaseMs = Number(item["lease"]?.N ?? UNSTATED_LEASE_MS);
  return {
    epoch,
    mode,
    leaseMs,
    waitMs: Math.max(leaseMs, Number(item["wait"]?.N ?? UNSTATED_LEASE_MS)),
    reason: item["reason"]?.S ?? "",
    by: item["by"]?.S ?? "",
    changedAtMs: Number(item["changed"]?.N ?? 0),
    cacheName: item["cache"]?.S ?? null,
    isHeld: item["held"]?.BOOL ?? false,
  };
}
