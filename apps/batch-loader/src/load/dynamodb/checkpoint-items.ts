/**
 * Checkpoints as items of the table, and the conditions under which they change.
 *
 * | key                   | holds                                                          |
 * |-----------------------|----------------------------------------------------------------|
 * | `#load#<load>`        | state, the attempt's epoch, the plan; when done, the totals    |
 * | `#load#<load>#<unit>` | the unit's receipt counts, its note; there when the unit is done |
 *
 * All have the table's expiry attribute `x`, in seconds. DynamoDB removes an
 * item some time after that, so an item that is past it counts as absent.
 */
import type { AttributeValue, TransactWriteItemsInput, UpdateItemInput } from "@aws-sdk/client-dynamodb";
import { noReceipts, type ReceiptCounts, type ReceiptStatus } from "@trilane/write-through";
import {
  CHECKPOINT_TTL_SECONDS,
  type FinishedUnit,
  type LoadAttempt,
  type LoadIdentity,
  type LoadTotals,
  type UnitCheckpoint,
} from "../checkpoint-store.ts";

export type Item = Record<string, AttributeValue>;

type Update = Omit<UpdateItemInput, "TableName">;

const MS_PER_SECOND = 1_000;

export function loadKey(loadId: string): Item {
  return { pk: { S: `#load#${loadId}` } };
}

export function unitKey(loadId: string, unitId: string): Item {
  return { pk: { S: `#load#${loadId}#${unitId}` } };
}

export function beginUpdate({ loadId, planId, group }: LoadIdentity, nowMs: number): Update {
  return {
    Key: loadKey(loadId),
    UpdateExpression: "SET #state = :running, #plan = :plan, #group = :group, #x = :expiry ADD #epoch :one",
    ConditionExpression: "attribute_not_exists(pk) OR #x < :now OR (#state = :running AND #plan = :plan)",
    ExpressionAttributeNames: { "#state": "state", "#plan": "plan", "#group": "group", "#x": "x", "#epoch": "epoch" },
    ExpressionAttributeValues: {
      ":running": { S: "running" },
      ":plan": { S: planId },
      ":group": { S: group },
      ":expiry": expiryOf(nowMs),
      ":now": secondsOf(nowMs),
      ":one": { N: "1" },
    },
    ReturnValues: "UPDATED_NEW",
  };
}

/** The unit's item is put only while the load belongs to the attempt, and only where there is no item yet. */
export function finishUnitTransaction(
  { loadId, epoch }: LoadAttempt,
  unit: FinishedUnit,
  { table: TableName, nowMs }: { readonly table: string; readonly nowMs: number },
): TransactWriteItemsInput {
  const isOurs = {
    TableName,
    Key: loadKey(loadId),
    ConditionExpression: "#epoch = :epoch AND #state = :running",
    ExpressionAttributeNames: { "#epoch": "epoch", "#state": "state" },
    ExpressionAttributeValues: { ":epoch": { N: String(epoch) }, ":running": { S: "running" } },
  };
  const put = {
    TableName,
    Item: {
      ...unitKey(loadId, unit.id),
      unit: { S: unit.id },
      object: { S: unit.object },
      epoch: { N: String(epoch) },
      counts: countsAttribute(unit.counts),
      ...(unit.note === undefined ? {} : { note: { S: unit.note } }),
      x: expiryOf(nowMs),
    },
    ConditionExpression: "attribute_not_exists(pk) OR #x < :now",
    ExpressionAttributeNames: { "#x": "x" },
    ExpressionAttributeValues: { ":now": secondsOf(nowMs) },
  };
  return { TransactItems: [{ ConditionCheck: isOurs }, { Put: put }] };
}

export function finishLoadUpdate({ loadId, epoch }: LoadAttempt, totals: LoadTotals, nowMs: number): Update {
  return {
    Key: loadKey(loadId),
    UpdateExpression: "SET #state = :done, #counts = :counts, #units = :units, #x = :expiry",
    ConditionExpression: "#epoch = :epoch",
    ExpressionAttributeNames: {
      "#state": "state",
      "#counts": "counts",
      "#units": "units",
      "#x": "x",
      "#epoch": "epoch",
    },
    ExpressionAttributeValues: {
      ":done": { S: "done" },
      ":counts": countsAttribute(totals.counts),
      ":units": { N: String(totals.units) },
      ":expiry": expiryOf(nowMs),
      ":epoch": { N: String(epoch) },
    },
  };
}

/** The counts of a unit's item, or of a finished load's. */
function countsOf(item: Item): ReceiptCounts {
  const counts = noReceipts();
  for (const status of Object.keys(counts) as ReceiptStatus[]) {
    counts[status] = Number(item["counts"]?.M?.[status]?.N ?? 0);
  }
  return counts;
}

export function checkpointOf(item: Item): UnitCheckpoint {
  return { counts: countsOf(item), note: item["note"]?.S ?? null };
}

export function totalsOf(item: Item): LoadTotals {
  return { units: Number(item["units"]?.N), counts: countsOf(item) };
}

export function isExpired(item: Item, nowMs: number): boolean {
  return Number(item["x"]?.N) < seconds(nowMs);
}

function countsAttribute(counts: ReceiptCounts): AttributeValue {
  return { M: Object.fromEntries(Object.entries(counts).map(([status, count]) => [status, { N: String(count) }])) };
}

function expiryOf(nowMs: number): AttributeValue {
  return { N: String(seconds(nowMs) + CHECKPOINT_TTL_SECONDS) };
}

function secondsOf(nowMs: number): AttributeValue {
  return { N: String(seconds(nowMs)) };
}

function seconds(nowMs: number): number {
  return Math.floor(nowMs / MS_PER_SECOND);
}
