/**
 * The last load of each address, as items of the table.
 *
 * | key                | holds                                                                      |
 * |--------------------|----------------------------------------------------------------------------|
 * | `#object#<digest>` | address, group, definition, ETag, the attempt that began it, whether done  |
 *
 * The digest is of group and address, since an address may be longer than a
 * key. Items have the expiry of checkpoints: an object whose item is gone is
 * loaded again.
 */
import { createHash } from "node:crypto";
import type { UpdateItemInput } from "@aws-sdk/client-dynamodb";
import {
  CHECKPOINT_TTL_SECONDS,
  type LoadAttempt,
  type ObjectContent,
  type ObjectTarget,
} from "../checkpoint-store.ts";
import { isExpired, type Item } from "./checkpoint-items.ts";

const MS_PER_SECOND = 1_000;
const DIGEST_LENGTH = 32;

export function objectKey({ group }: ObjectTarget, object: string): Item {
  const digest = createHash("sha256")
    .update(JSON.stringify([group, object]))
    .digest("hex");
  return { pk: { S: `#object#${digest.slice(0, DIGEST_LENGTH)}` } };
}

export interface ObjectLoad extends ObjectContent {
  readonly attempt: LoadAttempt;
  readonly target: ObjectTarget;
}

export function begunItem({ object, etag, attempt, target }: ObjectLoad, nowMs: number): Item {
  return {
    ...objectKey(target, object),
    state: { S: "running" },
    object: { S: object },
    group: { S: target.group },
    definition: { S: target.definition },
    etag: { S: etag },
    load: { S: attempt.loadId },
    epoch: { N: String(attempt.epoch) },
    x: { N: String(expirySeconds(nowMs)) },
  };
}

/** Changes only the attempt's own item. */
export function finishUpdate(
  { object, attempt, target }: ObjectLoad,
  nowMs: number,
): Omit<UpdateItemInput, "TableName"> {
  return {
    Key: objectKey(target, object),
    UpdateExpression: "SET #state = :done, #x = :expiry",
    ConditionExpression: "#load = :load AND #epoch = :epoch",
    ExpressionAttributeNames: { "#state": "state", "#x": "x", "#load": "load", "#epoch": "epoch" },
    ExpressionAttributeValues: {
      ":done": { S: "done" },
      ":expiry": { N: String(expirySeconds(nowMs)) },
      ":load": { S: attempt.loadId },
      ":epoch": { N: String(attempt.epoch) },
    },
  };
}

/** True where the item says that this content was loaded. */
export function isLoaded(item: Item, target: ObjectTarget, content: ObjectContent, nowMs: number): boolean {
  const isSame = item["etag"]?.S === content.etag && item["definition"]?.S === target.definition;
  return isSame && item["state"]?.S === "done" && !isExpired(item, nowMs);
}

function expirySeconds(nowMs: number): number {
  return Math.floor(nowMs / MS_PER_SECOND) + CHECKPOINT_TTL_SECONDS;
}
