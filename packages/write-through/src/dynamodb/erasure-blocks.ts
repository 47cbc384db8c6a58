/**
 * Writes sets of blocks. A set is written under a name of its own, and counts
 * once the cache epoch record names it, so no reader meets half a set. A crash
 * before that leaves a set that nobody reads. The subject index lists all
 * blocks under a value of their own, and a later compaction lets such a set expire.
 */
import { randomUUID } from "node:crypto";
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { BLOCK_ENTRIES_MAX, type BlockEntry, type ErasureBlocks } from "../ports/erasures.ts";
import { CACHE_EPOCH_KEY } from "./dynamo-cache-epoch.ts";
import { blockKey, packBlock } from "./erasure-items.ts";
import { storeErrorOf } from "./store-errors.ts";
import { EXPIRY_ATTRIBUTE } from "./table-shape.ts";

export interface TableAccess {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/** Longer than any process reads the blocks. */
const REPLACED_FOR_MS = 3_600_000;
const MS_PER_SECOND = 1_000;
const WRITTEN_WITHIN_MS = 86_400_000;
/** The subject index finds blocks under this value, which no digest equals. */
export const ALL_BLOCKS = "#blocks";
/** A block's key, with its set and the time at which the set was begun. */
const BLOCK_KEY = /^#erasures#(\d+-(\d+)-[0-9a-f-]+)#\d+$/u;

/** @throws CoreError */
export async function writeBlocks(
  { client, table }: TableAccess,
  upTo: number,
  { entries, nowMs }: { readonly entries: Iterable<BlockEntry>; readonly nowMs: number },
): Promise<Pick<ErasureBlocks, "set" | "count">> {
  const set = `${upTo}-${nowMs}-${randomUUID()}`;
  let count = 0;
  for (const block of blocksOf(entries)) {
    const Item = { pk: { S: blockKey(set, count) }, b: packBlock(block), s: { S: ALL_BLOCKS } };
    await client.send(new PutItemCommand({ TableName: table, Item })).catch((error: unknown) => {
      throw storeErrorOf(error, "write a block of erasures");
    });
    count += 1;
  }
  return { set, count };
}

/** The blocks that `keys` lists and that are neither of the present set nor young: nobody writes a set for a day. */
export function abandonedBlocks(keys: readonly string[], present: string, nowMs: number): readonly string[] {
  return keys.filter((key) => {
    const [, set, writtenMs] = BLOCK_KEY.exec(key) ?? [];
    return set !== undefined && set !== present && Number(writtenMs) + WRITTEN_WITHIN_MS < nowMs;
  });
}

function* blocksOf(entries: Iterable<BlockEntry>): Generator<readonly BlockEntry[]> {
  let block: BlockEntry[] = [];
  for (const entry of entries) {
    block.push(entry);
    if (block.length < BLOCK_ENTRIES_MAX) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}

/** The change of the record by which a set takes the place of another one. */
export function blocksChange(
  from: ErasureBlocks | null,
  { set, count, upTo }: ErasureBlocks,
): Omit<UpdateItemCommandInput, "TableName"> {
  const isFrom = from === null ? "attribute_not_exists(blockset)" : "blockset = :from";
  return {
    Key: { pk: { S: CACHE_EPOCH_KEY } },
    UpdateExpression: "SET blockset = :set, blockcount = :count, blockupto = :upTo",
    ConditionExpression: `enforced >= :upTo AND ${isFrom}`,
    ExpressionAttributeValues: {
      ":set": { S: set },
      ":count": { N: String(count) },
      ":upTo": { N: String(upTo) },
      ...(from === null ? {} : { ":from": { S: from.set } }),
    },
  };
}

export function blockKeys({ set, count }: ErasureBlocks): readonly string[] {
  return Array.from({ length: count }, (_, index) => blockKey(set, index));
}

/** Lets the table remove blocks in an hour, because a process may read them at this moment. @throws CoreError */
export async function expireBlocks(
  { client, table }: TableAccess,
  keys: readonly string[],
  nowMs: number,
): Promise<void> {
  const expiresAt = String(Math.ceil((nowMs + REPLACED_FOR_MS) / MS_PER_SECOND));
  for (const key of keys) {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: key } },
      UpdateExpression: `SET ${EXPIRY_ATTRIBUTE} = :x`,
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":x": { N: expiresAt } },
    });
    await client.send(command).catch((error: unknown) => {
      // The table has removed the block meanwhile.
      if (!(error instanceof ConditionalCheckFailedException)) throw storeErrorOf(error, "let a block expire");
    });
  }
}
