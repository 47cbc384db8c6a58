/**
 * Writes sets of blocks. A set is written under a name of its own, and counts
 * once the cache epoch record names it, so no reader meets half a set. A crash
 * before that leaves a set that nobody reads.
 */
import { randomUUID } from "node:crypto";
import {
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { BlockEntry, ErasureBlocks } from "../ports/erasures.ts";
import { CACHE_EPOCH_KEY } from "./dynamo-cache-epoch.ts";
import { blockKey, packBlock } from "./erasure-items.ts";
import { storeErrorOf } from "./store-errors.ts";
import { EXPIRY_ATTRIBUTE } from "./table-shape.ts";

export interface TableAccess {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/** A block of 320 KB; an item of DynamoDB holds at most 400 KB. */
export const BLOCK_ENTRIES_MAX = 10_000;
/** Longer than any process reads the blocks. */
const REPLACED_FOR_MS = 3_600_000;
const MS_PER_SECOND = 1_000;

/** @throws CoreError */
export async function writeBlocks(
  { client, table }: TableAccess,
  upTo: number,
  entries: Iterable<BlockEntry>,
): Promise<Pick<ErasureBlocks, "set" | "count">> {
  const set = `${upTo}-${randomUUID()}`;
  let count = 0;
  for (const block of blocksOf(entries)) {
    const Item = { pk: { S: blockKey(set, count) }, b: packBlock(block) };
    await client.send(new PutItemCommand({ TableName: table, Item })).catch((error: unknown) => {
      throw storeErrorOf(error, "write a block of erasures");
    });
    count += 1;
  }
  return { set, count };
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

/** Lets the table remove a set in an hour, because a process may read it at this moment. @throws CoreError */
export async function expireBlocks(
  { client, table }: TableAccess,
  { set, count }: ErasureBlocks,
  nowMs: number,
): Promise<void> {
  const expiresAt = String(Math.ceil((nowMs + REPLACED_FOR_MS) / MS_PER_SECOND));
  for (let index = 0; index < count; index += 1) {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: blockKey(set, index) } },
      UpdateExpression: `SET ${EXPIRY_ATTRIBUTE} = :x`,
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":x": { N: expiresAt } },
    });
    await client.send(command).catch((error: unknown) => {
      throw storeErrorOf(error, "let a block of erasures expire");
    });
  }
}
