/**
 * What a load has done, in the table of the records, under keys that no group
 * can have.
 *
 * | key                   | holds                                                          |
 * |-----------------------|----------------------------------------------------------------|
 * | `#load#<load>`        | state, the attempt's epoch, the plan; when done, the totals    |
 * | `#load#<load>#<unit>` | the unit's receipt counts; there when the unit is done          |
 *
 * Every attempt takes the next epoch, and a unit's item is only put while the
 * epoch is still its own, and only where there is none: a second loader of the
 * same load takes over, the first stops at its next checkpoint, and no unit
 * counts twice. A crash between a unit's last record and its item makes the
 * unit run again, which finds its records there (`duplicate`). All items have
 * the table's expiry attribute.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { noReceipts, type ReceiptCounts } from "@trilane/write-through";
import { LoadError, messageOf } from "../errors.ts";
import { type AttemptOptions, withAttempts } from "../s3/with-attempts.ts";

export interface CheckpointOptions extends AttemptOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly loadId: string;
  /** What the load consists of; another plan under the same id is refused. */
  readonly planId: string;
  readonly group: string;
}

/** What a done load keeps. */
export interface LoadTotals {
  readonly units: number;
  readonly counts: ReceiptCounts;
}

export type BeginOutcome =
  /** This process goes on with the load; `finishedBefore` tells a resumed load from a new one. */
  { readonly kind: "begun"; readonly epoch: number } | { readonly kind: "done"; readonly totals: LoadTotals };

type Item = Record<string, AttributeValue>;

const TTL_SECONDS = 7_776_000;
const MS_PER_SECOND = 1_000;
const KEYS_PER_GET = 100;
const UNIT_EXISTS_REASON = 1;

export class Checkpoints {
  readonly #options: CheckpointOptions;
  #epoch = 0;

  constructor(options: CheckpointOptions) {
    this.#options = options;
  }

  /** @throws LoadError INVALID_SOURCE when the id is another load's, CHECKPOINT_UNAVAILABLE */
  async begin(): Promise<BeginOutcome> {
    const { table, planId, group } = this.#options;
    const command = new UpdateItemCommand({
      TableName: table,
      Key: this.#loadKey(),
      UpdateExpression: "SET #state = :running, #plan = :plan, #group = :group, #x = :expiry ADD #epoch :one",
      ConditionExpression: "attribute_not_exists(pk) OR #x < :now OR (#state = :running AND #plan = :plan)",
      ExpressionAttributeNames: { "#state": "state", "#plan": "plan", "#group": "group", "#x": "x", "#epoch": "epoch" },
      ExpressionAttributeValues: {
        ":running": { S: "running" },
        ":plan": { S: planId },
        ":group": { S: group },
        ":expiry": this.#expiry(),
        ":now": this.#now(),
        ":one": { N: "1" },
      },
      ReturnValues: "UPDATED_NEW",
    });
    const answer = await this.#call((client) => client.send(command), isConditionFailed);
    if (answer === null) return this.#doneLoad();
    this.#epoch = Number(answer.Attributes?.["epoch"]?.N);
    return { kind: "begun", epoch: this.#epoch };
  }

  /** Of these units, those that are done, with their counts. */
  async finishedUnits(unitIds: readonly string[]): Promise<ReadonlyMap<string, ReceiptCounts>> {
    const finished = new Map<string, ReceiptCounts>();
    for (let from = 0; from < unitIds.length; from += KEYS_PER_GET) {
      const ids = unitIds.slice(from, from + KEYS_PER_GET);
      for (const item of await this.#batchGet(ids)) {
        const id = item["unit"]?.S;
        if (id !== undefined && !this.#isExpired(item)) finished.set(id, countsOf(item["counts"]));
      }
    }
    return finished;
  }

  /**
   * Says that a unit is done. Returns the counts that stand: another loader's, where it was first.
   * @throws LoadError TAKEN_OVER, CHECKPOINT_UNAVAILABLE
   */
  async finishUnit(unitId: string, unit: { object: string; counts: ReceiptCounts }): Promise<ReceiptCounts> {
    const TableName = this.#options.table;
    const item: Item = {
      ...this.#unitKey(unitId),
      unit: { S: unitId },
      object: { S: unit.object },
      epoch: { N: String(this.#epoch) },
      counts: countsAttribute(unit.counts),
      x: this.#expiry(),
    };
    const values = { ":epoch": { N: String(this.#epoch) }, ":running": { S: "running" } };
    const command = new TransactWriteItemsCommand({
      TransactItems: [
        {
          ConditionCheck: {
            TableName,
            Key: this.#loadKey(),
            ConditionExpression: "#epoch = :epoch AND #state = :running",
            ExpressionAttributeNames: { "#epoch": "epoch", "#state": "state" },
            ExpressionAttributeValues: values,
          },
        },
        {
          Put: {
            TableName,
            Item: item,
            ConditionExpression: "attribute_not_exists(pk) OR #x < :now",
            ExpressionAttributeNames: { "#x": "x" },
            ExpressionAttributeValues: { ":now": this.#now() },
          },
        },
      ],
    });
    const answer = await this.#call((client) => client.send(command), isUnitRefused);
    return answer === null ? this.#standingCounts(unitId) : unit.counts;
  }

  /** Says that all units are done. @throws LoadError TAKEN_OVER, CHECKPOINT_UNAVAILABLE */
  async finishLoad(totals: LoadTotals): Promise<void> {
    const command = new UpdateItemCommand({
      TableName: this.#options.table,
      Key: this.#loadKey(),
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
        ":expiry": this.#expiry(),
        ":epoch": { N: String(this.#epoch) },
      },
    });
    const answer = await this.#call((client) => client.send(command), isConditionFailed);
    if (answer === null) throw this.#takenOver();
  }

  async #doneLoad(): Promise<BeginOutcome> {
    const item = await this.#get(this.#loadKey());
    const { loadId, planId } = this.#options;
    if (item?.["plan"]?.S !== planId) {
      throw new LoadError(
        "INVALID_SOURCE",
        `the load id "${loadId}" belongs to a load of another group or of other objects: choose another, or leave it out`,
      );
    }
    if (item["state"]?.S !== "done") throw this.#takenOver();
    return { kind: "done", totals: { units: Number(item["units"]?.N), counts: countsOf(item["counts"]) } };
  }

  async #standingCounts(unitId: string): Promise<ReceiptCounts> {
    const load = await this.#get(this.#loadKey());
    if (load?.["epoch"]?.N !== String(this.#epoch)) throw this.#takenOver();
    const item = await this.#get(this.#unitKey(unitId));
    if (item === undefined) throw this.#takenOver();
    return countsOf(item["counts"]);
  }

  async #get(Key: Item): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.#options.table, Key, ConsistentRead: true });
    const answer = await this.#call(
      (client) => client.send(command),
      () => false,
    );
    return answer?.Item;
  }

  async #batchGet(unitIds: readonly string[]): Promise<readonly Item[]> {
    const { table } = this.#options;
    const items: Item[] = [];
    let keys: Item[] = unitIds.map((id) => this.#unitKey(id));
    // Each round answers at least one key, or fails: it ends.
    while (keys.length > 0) {
      const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } });
      const answer = await this.#call(
        (client) => client.send(command),
        () => false,
      );
      items.push(...(answer?.Responses?.[table] ?? []));
      keys = answer?.UnprocessedKeys?.[table]?.Keys ?? [];
    }
    return items;
  }

  /** Null where the answer is the refusal that the caller expects. */
  async #call<Answer>(
    send: (client: DynamoDBClient) => Promise<Answer>,
    isExpected: (error: unknown) => boolean,
  ): Promise<Answer | null> {
    const { dynamodb, table } = this.#options;
    try {
      return await withAttempts(this.#options, () => send(dynamodb));
    } catch (error) {
      if (isExpected(error)) return null;
      throw new LoadError(
        "CHECKPOINT_UNAVAILABLE",
        `checkpoints in the table "${table}" cannot be read or written (${messageOf(error)}). Run the load again: it resumes`,
        { cause: error },
      );
    }
  }

  #takenOver(): LoadError {
    const { loadId } = this.#options;
    return new LoadError(
      "TAKEN_OVER",
      `another process began the load ${loadId} after this one and goes on with it; this one stops`,
    );
  }

  #loadKey(): Item {
    return { pk: { S: `#load#${this.#options.loadId}` } };
  }

  #unitKey(unitId: string): Item {
    return { pk: { S: `#load#${this.#options.loadId}#${unitId}` } };
  }

  #now(): AttributeValue {
    return { N: String(this.#nowSeconds()) };
  }

  #expiry(): AttributeValue {
    return { N: String(this.#nowSeconds() + TTL_SECONDS) };
  }

  #isExpired(item: Item): boolean {
    return Number(item["x"]?.N) < this.#nowSeconds();
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.nowMs() / MS_PER_SECOND);
  }
}

function isConditionFailed(error: unknown): boolean {
  return error instanceof ConditionalCheckFailedException;
}

/** The unit's item is there already, or the epoch is no longer ours. */
function isUnitRefused(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  const reasons = error.CancellationReasons ?? [];
  return reasons.slice(0, UNIT_EXISTS_REASON + 1).some(({ Code }) => Code === "ConditionalCheckFailed");
}

function countsAttribute(counts: ReceiptCounts): AttributeValue {
  return { M: Object.fromEntries(Object.entries(counts).map(([status, count]) => [status, { N: String(count) }])) };
}

function countsOf(attribute: AttributeValue | undefined): ReceiptCounts {
  const counts = noReceipts();
  for (const status of Object.keys(counts) as (keyof ReceiptCounts)[]) {
    counts[status] = Number(attribute?.M?.[status]?.N ?? 0);
  }
  return counts;
}
