/**
 * The list of erasures in the table. An announcement is one transaction: the
 * entries, and the list's last number in the cache epoch record. So the number
 * never points behind an entry that is not there.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { fullJitterMs } from "../backoff.ts";
import { chunked } from "../by-position.ts";
import { newErasureEntries } from "../erasure/new-erasure-entry.ts";
import { CoreError } from "../errors.ts";
import {
  ANNOUNCED_MAX,
  type BlockEntry,
  type ErasureBlocks,
  type ErasureEntry,
  type ErasureRequest,
  type ErasureState,
  type ErasureStore,
  RECENT_MAX,
  type SweepState,
} from "../ports/erasures.ts";
import type { Erasure, SubjectDigest } from "../protocol/erasure.ts";
import { systemClock, systemRandom } from "../system-clock.ts";
import { CACHE_EPOCH_KEY } from "./dynamo-cache-epoch.ts";
import {
  blockKey,
  entryItem,
  entryOf,
  erasureKey,
  erasureOf,
  erasureStateOf,
  OPEN_ERASURES,
  sweepAttributes,
  unpackBlock,
} from "./erasure-items.ts";
import type { Item } from "./item.ts";
import { storeErrorOf } from "./store-errors.ts";
import {
  abandonedBlocks,
  ALL_BLOCKS,
  blockKeys,
  blocksChange,
  expireBlocks,
  type TableAccess,
  writeBlocks,
} from "./erasure-blocks.ts";
import { subjectKeyChanges } from "./subject-key-changes.ts";
import { EXPIRY_ATTRIBUTE, SUBJECT_INDEX } from "./table-shape.ts";

/** DynamoDB's limit for one BatchGetItem. */
const GETS_MAX = 100;
const GET_ROUNDS_MAX = 8;
const BLOCKS_AT_ONCE = 8;
const MS_PER_SECOND = 1_000;
/** Attempts of an announcement while other processes announce at the same moment. */
const ATTEMPTS_MAX = 12;
const RETRY = { baseMs: 20, maxMs: 500 };

export class DynamoErasures implements ErasureStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #at: TableAccess;

  constructor(client: DynamoDBClient, options: { table: string }) {
    this.#client = client;
    this.#table = options.table;
    this.#at = { client, table: options.table };
  }

  async readState(): Promise<ErasureState> {
    const item = await this.#get(CACHE_EPOCH_KEY);
    return erasureStateOf(item ?? {});
  }

  async readTail(after: number, upTo: number): Promise<readonly Erasure[]> {
    return (await this.#readItems(after, upTo)).map(erasureOf);
  }

  async readEntries(after: number, upTo: number): Promise<readonly ErasureEntry[]> {
    return (await this.#readItems(after, upTo)).map(entryOf);
  }

  async readBlocks(
    { set, count }: ErasureBlocks,
    take: (entries: readonly BlockEntry[]) => void,
  ): Promise<"read" | "replaced"> {
    let next = 0;
    let isReplaced = false;
    const readOn = async (): Promise<void> => {
      while (next < count && !isReplaced) {
        const item = await this.#get(blockKey(set, next++));
        if (item === undefined) isReplaced = true;
        else take(unpackBlock(item));
      }
    };
    await Promise.all(Array.from({ length: BLOCKS_AT_ONCE }, readOn));
    return isReplaced ? "replaced" : "read";
  }

  async replaceBlocks(
    from: ErasureBlocks | null,
    upTo: number,
    entries: Iterable<BlockEntry>,
  ): Promise<ErasureBlocks | null> {
    const nowMs = systemClock.nowMs();
    const { set, count } = await writeBlocks(this.#at, upTo, { entries, nowMs });
    const blocks: ErasureBlocks = { upTo, set, count };
    const isChanged = await this.#change("replace the blocks of erasures", blocksChange(from, blocks));
    const left = isChanged ? from : blocks;
    // A process may read them at this moment, so they stay for an hour.
    if (left !== null) await expireBlocks(this.#at, blockKeys(left), nowMs);
    await this.#expireAbandonedBlocks(nowMs);
    return isChanged ? blocks : null;
  }

  async #expireAbandonedBlocks(nowMs: number): Promise<void> {
    for await (const keys of this.#query(ALL_BLOCKS)) {
      // The record is read after the index, so a set that it names by now is spared.
      const present = (await this.readState()).blocks?.set ?? "";
      await expireBlocks(this.#at, abandonedBlocks(keys, present, nowMs), nowMs);
    }
  }

  async restoreEntries(entries: readonly ErasureEntry[]): Promise<void> {
    for (const entry of entries) {
      const command = new PutItemCommand({
        TableName: this.#table,
        Item: entryItem(entry),
        ConditionExpression: "attribute_not_exists(pk)",
      });
      await this.#conditional("restore an erasure", () => this.#client.send(command));
    }
    const last = Math.max(...entries.map(({ number }) => number));
    await this.#change("restore the list of erasures", {
      Key: { pk: { S: CACHE_EPOCH_KEY } },
      UpdateExpression: "SET erased = :last",
      ConditionExpression: "attribute_exists(epoch) AND (attribute_not_exists(erased) OR erased < :last)",
      ExpressionAttributeValues: { ":last": { N: String(last) } },
    });
  }

  async expireEntry(number: number, expiresAtMs: number): Promise<void> {
    await this.#change("let an erasure leave the list", {
      Key: { pk: { S: erasureKey(number) } },
      UpdateExpression: `SET ${EXPIRY_ATTRIBUTE} = :x`,
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":x": { N: String(Math.ceil(expiresAtMs / MS_PER_SECOND)) } },
    });
  }

  async announce(requests: readonly ErasureRequest[]): Promise<readonly ErasureEntry[]> {
    if (requests.length === 0 || requests.length > ANNOUNCED_MAX) {
      throw new RangeError(`${requests.length} erasures at once: 1 to ${ANNOUNCED_MAX} are possible`);
    }
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const { last } = await this.readState();
      const recent = await this.readEntries(Math.max(0, last - RECENT_MAX), last);
      const { entries, added } = newErasureEntries(requests, last, recent);
      if (added.length === 0 || (await this.#append(last, added))) return entries;
      await systemClock.sleep(fullJitterMs(RETRY, attempt, systemRandom));
    }
    throw new CoreError("STORE_UNAVAILABLE", `the list of erasures changed under each of ${ATTEMPTS_MAX} attempts`);
  }

  async enforce(number: number): Promise<void> {
    await this.#change("bring an erasure into force", {
      Key: { pk: { S: CACHE_EPOCH_KEY } },
      UpdateExpression: "SET enforced = :number",
      ConditionExpression: "erased >= :number AND (attribute_not_exists(enforced) OR enforced < :number)",
      ExpressionAttributeValues: { ":number": { N: String(number) } },
    });
  }

  async *openErasures(): AsyncGenerator<number> {
    for await (const keys of this.#query(OPEN_ERASURES)) {
      for (const key of keys) yield Number(key.slice(key.lastIndexOf("#") + 1));
    }
  }

  async saveSweep(number: number, from: SweepState, to: SweepState): Promise<boolean> {
    const { ":phase": phase, ":sweeps": sweeps } = sweepAttributes(from, ":");
    return this.#change("keep the state of a sweep", {
      Key: { pk: { S: erasureKey(number) } },
      UpdateExpression:
        "SET phase = :toPhase, sweeps = :toSweeps, removed = :toRemoved, since = :toSince, due = :toDue" +
        (to.phase === "done" ? " REMOVE s" : ""),
      ConditionExpression: "phase = :phase AND sweeps = :sweeps",
      ExpressionAttributeValues: {
        ":phase": phase ?? { NULL: true },
        ":sweeps": sweeps ?? { NULL: true },
        ...sweepAttributes(to, ":to"),
      },
    });
  }

  keysOf(subject: SubjectDigest): AsyncIterable<readonly string[]> {
    return this.#query(subject);
  }

  async claimSubjectKey(fingerprint: string, former: string | null, atMs: number): Promise<string> {
    await this.#change("state the key of subjects", subjectKeyChanges.claim(fingerprint, former, atMs));
    return (await this.readState()).subjectKey ?? fingerprint;
  }

  changeSubjectKey(change: Parameters<ErasureStore["changeSubjectKey"]>[0]): Promise<boolean> {
    return this.#change("change the key of subjects", subjectKeyChanges.change(change));
  }

  forgetFormerSubjectKey(fingerprint: string): Promise<boolean> {
    return this.#change("forget the former key of subjects", subjectKeyChanges.forget(fingerprint));
  }

  /** False where another process has appended meanwhile. */
  async #append(last: number, entries: readonly ErasureEntry[]): Promise<boolean> {
    const isLast = last === 0 ? "(attribute_not_exists(erased) OR erased = :last)" : "erased = :last";
    try {
      await this.#client.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              Update: {
                TableName: this.#table,
                Key: { pk: { S: CACHE_EPOCH_KEY } },
                UpdateExpression: "SET erased = :next",
                ConditionExpression: `attribute_exists(epoch) AND ${isLast}`,
                ExpressionAttributeValues: {
                  ":last": { N: String(last) },
                  ":next": { N: String(last + entries.length) },
                },
              },
            },
            ...entries.map((entry) => ({
              Put: { TableName: this.#table, Item: entryItem(entry), ConditionExpression: "attribute_not_exists(pk)" },
            })),
          ],
        }),
      );
      return true;
    } catch (error) {
      const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
      const isRace = reasons.some(({ Code }) => Code === "ConditionalCheckFailed" || Code === "TransactionConflict");
      if (isRace) return false;
      throw storeErrorOf(error, "announce an erasure");
    }
  }

  /** False where the condition does not hold. */
  async #change(
    step: string,
    input: Omit<ConstructorParameters<typeof UpdateItemCommand>[0], "TableName">,
  ): Promise<boolean> {
    const command = new UpdateItemCommand({ TableName: this.#table, ...input });
    return this.#conditional(step, () => this.#client.send(command));
  }

  /** False where the condition does not hold. */
  async #conditional(step: string, call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw storeErrorOf(error, step);
    }
  }

  async #get(key: string): Promise<Item | undefined> {
    try {
      const { Item } = await this.#client.send(
        new GetItemCommand({ TableName: this.#table, Key: { pk: { S: key } }, ConsistentRead: true }),
      );
      return Item;
    } catch (error) {
      throw storeErrorOf(error, "read the list of erasures");
    }
  }

  async #readItems(after: number, upTo: number): Promise<readonly Item[]> {
    const keys = Array.from({ length: upTo - after }, (_, index) => erasureKey(after + 1 + index));
    const found: Item[] = [];
    for (const chunk of chunked(keys, GETS_MAX)) found.push(...(await this.#getMany(chunk)));
    return found.toSorted((left, right) => ((left["pk"]?.S ?? "") < (right["pk"]?.S ?? "") ? -1 : 1));
  }

  async #getMany(keys: readonly string[]): Promise<readonly Item[]> {
    const found: Item[] = [];
    let wanted: Record<string, AttributeValue>[] = keys.map((key) => ({ pk: { S: key } }));
    for (let round = 0; round < GET_ROUNDS_MAX && wanted.length > 0; round += 1) {
      if (round > 0) await systemClock.sleep(fullJitterMs(RETRY, round, systemRandom));
      try {
        const { Responses, UnprocessedKeys } = await this.#client.send(
          new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: wanted, ConsistentRead: true } } }),
        );
        found.push(...(Responses?.[this.#table] ?? []));
        wanted = UnprocessedKeys?.[this.#table]?.Keys ?? [];
      } catch (error) {
        throw storeErrorOf(error, "read the list of erasures");
      }
    }
    if (wanted.length === 0) return found;
    throw new CoreError("STORE_THROTTLED", "the list of erasures could not be read: the store left keys unprocessed");
  }

  async *#query(value: string): AsyncGenerator<readonly string[]> {
    let from: QueryCommandInput["ExclusiveStartKey"];
    do {
      try {
        const { Items = [], LastEvaluatedKey } = await this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            IndexName: SUBJECT_INDEX,
            KeyConditionExpression: "s = :s",
            ExpressionAttributeValues: { ":s": { S: value } },
            ExclusiveStartKey: from,
          }),
        );
        from = LastEvaluatedKey;
        yield Items.flatMap(({ pk }) => pk?.S ?? []);
      } catch (error) {
        throw storeErrorOf(error, "look a subject up in the index");
      }
    } while (from !== undefined);
  }
}
