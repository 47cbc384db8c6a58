/**
 * Checkpoints in the table of the records, under keys that no group can have.
 * The items are described in `checkpoint-items.ts` and `object-items.ts`.
 */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { messageOf } from "@trilane/write-through";
import pLimit from "p-limit";
import { LoadError } from "../../errors.ts";
import { type AttemptOptions, withAttempts } from "../../with-attempts.ts";
import type {
  BeginOutcome,
  CheckpointStore,
  FinishedUnit,
  FinishLoadOutcome,
  FinishUnitOutcome,
  LoadAttempt,
  LoadIdentity,
  LoadTotals,
  ObjectContent,
  ObjectTarget,
  UnitCheckpoint,
} from "../checkpoint-store.ts";
import {
  beginUpdate,
  checkpointOf,
  finishLoadUpdate,
  finishUnitTransaction,
  isExpired,
  type Item,
  loadKey,
  totalsOf,
  unitKey,
} from "./checkpoint-items.ts";
import { begunItem, finishUpdate, isLoaded, objectKey } from "./object-items.ts";

export interface DynamoCheckpointOptions extends AttemptOptions {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
}

const KEYS_PER_GET = 100;
/** Of marks of objects. */
const WRITES_UNDER_WAY = 8;

export class DynamoCheckpointStore implements CheckpointStore {
  readonly #options: DynamoCheckpointOptions;

  constructor(options: DynamoCheckpointOptions) {
    this.#options = options;
  }

  async begin(load: LoadIdentity): Promise<BeginOutcome> {
    const command = new UpdateItemCommand({ TableName: this.#options.table, ...beginUpdate(load, this.#nowMs()) });
    const answer = await this.#call((client) => client.send(command), isConditionFailed);
    if (answer === null) return this.#refusedBegin(load);
    return { kind: "begun", epoch: Number(answer.Attributes?.["epoch"]?.N) };
  }

  async finishedUnits(loadId: string, unitIds: readonly string[]): Promise<ReadonlyMap<string, UnitCheckpoint>> {
    const finished = new Map<string, UnitCheckpoint>();
    for (let from = 0; from < unitIds.length; from += KEYS_PER_GET) {
      const keys = unitIds.slice(from, from + KEYS_PER_GET).map((id) => unitKey(loadId, id));
      for (const item of await this.#batchGet(keys)) {
        const id = item["unit"]?.S;
        if (id !== undefined && !isExpired(item, this.#nowMs())) finished.set(id, checkpointOf(item));
      }
    }
    return finished;
  }

  async finishUnit(attempt: LoadAttempt, unit: FinishedUnit): Promise<FinishUnitOutcome> {
    const { table } = this.#options;
    const command = new TransactWriteItemsCommand(
      finishUnitTransaction(attempt, unit, { table, nowMs: this.#nowMs() }),
    );
    const answer = await this.#call((client) => client.send(command), isUnitRefused);
    if (answer === null) return this.#standing(attempt, unit.id);
    return { kind: "finished", counts: unit.counts, note: unit.note ?? null };
  }

  async finishLoad(attempt: LoadAttempt, totals: LoadTotals): Promise<FinishLoadOutcome> {
    const update = finishLoadUpdate(attempt, totals, this.#nowMs());
    const command = new UpdateItemCommand({ TableName: this.#options.table, ...update });
    const answer = await this.#call((client) => client.send(command), isConditionFailed);
    return { kind: answer === null ? "taken-over" : "finished" };
  }

  async loadedObjects(target: ObjectTarget, objects: readonly ObjectContent[]): Promise<ReadonlySet<string>> {
    const loaded = new Set<string>();
    for (let from = 0; from < objects.length; from += KEYS_PER_GET) {
      const some = objects.slice(from, from + KEYS_PER_GET);
      const items = await this.#batchGet(some.map(({ object }) => objectKey(target, object)));
      const byObject = new Map(items.map((item) => [item["object"]?.S, item]));
      for (const content of some) {
        const item = byObject.get(content.object);
        if (item !== undefined && isLoaded(item, target, content, this.#nowMs())) loaded.add(content.object);
      }
    }
    return loaded;
  }

  beginObjects(attempt: LoadAttempt, target: ObjectTarget, objects: readonly ObjectContent[]): Promise<void> {
    const { table: TableName } = this.#options;
    return this.#forEach(objects, async (content) => {
      const command = new PutItemCommand({
        TableName,
        Item: begunItem({ ...content, attempt, target }, this.#nowMs()),
      });
      await this.#call((client) => client.send(command), isNeverExpected);
    });
  }

  finishObjects(attempt: LoadAttempt, target: ObjectTarget, objects: readonly ObjectContent[]): Promise<void> {
    const { table: TableName } = this.#options;
    return this.#forEach(objects, async (content) => {
      const update = finishUpdate({ ...content, attempt, target }, this.#nowMs());
      const command = new UpdateItemCommand({ TableName, ...update });
      await this.#call((client) => client.send(command), isConditionFailed);
    });
  }

  async #forEach(objects: readonly ObjectContent[], write: (content: ObjectContent) => Promise<void>): Promise<void> {
    const limit = pLimit(WRITES_UNDER_WAY);
    await Promise.all(objects.map((content) => limit(() => write(content))));
  }

  async #refusedBegin({ loadId, planId }: LoadIdentity): Promise<BeginOutcome> {
    const item = await this.#get(loadKey(loadId));
    if (item?.["plan"]?.S !== planId) return { kind: "other-load" };
    return item["state"]?.S === "done" ? { kind: "done", totals: totalsOf(item) } : { kind: "taken-over" };
  }

  /** The valid state of a unit that could not be finished. */
  async #standing({ loadId, epoch }: LoadAttempt, unitId: string): Promise<FinishUnitOutcome> {
    const load = await this.#get(loadKey(loadId));
    if (load?.["epoch"]?.N !== String(epoch)) return { kind: "taken-over" };
    const item = await this.#get(unitKey(loadId, unitId));
    return item === undefined ? { kind: "taken-over" } : { kind: "finished", ...checkpointOf(item) };
  }

  async #get(Key: Item): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.#options.table, Key, ConsistentRead: true });
    const answer = await this.#call((client) => client.send(command), isNeverExpected);
    return answer?.Item;
  }

  async #batchGet(all: readonly Item[]): Promise<readonly Item[]> {
    const { table } = this.#options;
    const items: Item[] = [];
    let keys = [...all];
    // Each round answers at least one key, or fails, so the loop ends.
    while (keys.length > 0) {
      const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } });
      const answer = await this.#call((client) => client.send(command), isNeverExpected);
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

  #nowMs(): number {
    return this.#options.clock.nowMs();
  }
}

function isConditionFailed(error: unknown): boolean {
  return error instanceof ConditionalCheckFailedException;
}

/** True where the unit's item is already there, or the epoch does not belong to the attempt any more. */
function isUnitRefused(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  return (error.CancellationReasons ?? []).some(({ Code }) => Code === "ConditionalCheckFailed");
}

function isNeverExpected(): boolean {
  return false;
}
