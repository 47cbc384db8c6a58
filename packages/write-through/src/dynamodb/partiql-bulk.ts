/**
 * Versioned upserts of up to 25 records in one call.
 *
 * PartiQL has no conditional upsert: an UPDATE of an absent item and an INSERT
 * of a present one are refused. So each record goes as one of the two first.
 * Which one depends on what the latest records of its group met. The first call
 * of a group therefore goes alone, and the others wait for its answer: where a
 * load fills a table, all that go at once would be refused. A refused
 * record then goes as the other one. A record that is refused twice is behind
 * the store, and a consistent read says behind which version. (ALL_OLD on a
 * refused statement has no effect on AWS, so it is never relied upon.)
 */
import {
  type AttributeValue,
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { CoreError } from "../errors.ts";
import { paired } from "../by-position.ts";
import type { StorePut, StorePutReply } from "../ports/store.ts";
import { batchGet } from "./batch-get.ts";
import { storeError, storeErrorOf } from "./store-errors.ts";
import { type Item, itemOf } from "./item.ts";

/** DynamoDB's limit for one BatchExecuteStatement. */
const STATEMENTS_MAX = 25;
/** More records than fit in one call go in so many calls at least, because their sender waits for the slowest. */
const CALLS_MIN = 4;

/** How many records of a put go in one call, so that all of its calls are about as long. */
export function statementsPerCall(records: number): number {
  if (records <= STATEMENTS_MAX) return STATEMENTS_MAX;
  const calls = Math.max(CALLS_MIN, Math.ceil(records / STATEMENTS_MAX));
  return Math.ceil(records / calls);
}

type Kind = "update" | "insert";

/** Rounds of both statements and a read, for records that other processes write at the same time. */
const ROUNDS_MAX = 5;

/** How much one answer changes a group's estimated share of present items. */
const MEMORY = 0.05;
/** The share is remembered for so many groups; beyond that, the oldest is forgotten. */
const GROUPS_MAX = 10_000;

interface Attempt {
  readonly put: StorePut;
  readonly kind: Kind;
}

/** The outcome of one statement; null: its condition refused it. */
type StatementReply = StorePutReply | null;

export class BulkPut {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  /** For each group, the recent share of records whose item was already there. */
  readonly #shareOfPresent = new Map<string, number>();
  /** The first calls of groups, while they are under way. */
  readonly #first = new Map<string, Promise<unknown>>();

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** One reply per put, in order; at most {@link statementsPerCall} puts of distinct keys. */
  async put(puts: readonly StorePut[]): Promise<readonly StorePutReply[]> {
    const groups = [...new Set(puts.map(({ key }) => groupOf(key)))];
    for (const group of groups) if (this.#first.has(group)) await this.#first.get(group);
    const first = groups.filter((group) => !this.#shareOfPresent.has(group) && !this.#first.has(group));
    const call = this.#put(puts);
    for (const group of first) this.#first.set(group, call);
    try {
      return await call;
    } finally {
      for (const group of first) this.#first.delete(group);
    }
  }

  async #put(puts: readonly StorePut[]): Promise<readonly StorePutReply[]> {
    const replies = new Map<StorePut, StorePutReply>();
    let attempts: readonly Attempt[] = puts.map((put) => ({ put, kind: this.#kindFor(put) }));
    for (let round = 0; round < ROUNDS_MAX && attempts.length > 0; round += 1) {
      const refused = await this.#execute(attempts, replies);
      const second = refused.map(({ put, kind }): Attempt => ({ put, kind: other(kind) }));
      const behind = await this.#execute(second, replies);
      attempts = await this.#readWinners(behind, replies);
    }
    return puts.map((put) => replies.get(put) ?? unsettled(put));
  }

  async #execute(attempts: readonly Attempt[], replies: Map<StorePut, StorePutReply>): Promise<readonly Attempt[]> {
    if (attempts.length === 0) return [];
    const answers = await this.#send(attempts);
    return attempts.filter((attempt, index) => {
      const reply = answers[index] === undefined ? unanswered() : answers[index];
      this.#learn(attempt, reply);
      if (reply !== null) replies.set(attempt.put, reply);
      return reply === null;
    });
  }

  async #send(attempts: readonly Attempt[]): Promise<readonly StatementReply[]> {
    try {
      const Statements = attempts.map(({ put, kind }) => statementOf(this.#table, itemOf(put), kind));
      const output = await this.#client.send(new BatchExecuteStatementCommand({ Statements }));
      return (output.Responses ?? []).map(replyOf);
    } catch (cause) {
      const error = storeErrorOf(cause, "put items");
      return attempts.map(() => ({ kind: "failed", error }));
    }
  }

  /**
   * Reads the versions that supersede the refused records. Returns the records that are not superseded, for another
   * round.
   */
  async #readWinners(behind: readonly Attempt[], replies: Map<StorePut, StorePutReply>): Promise<readonly Attempt[]> {
    if (behind.length === 0) return [];
    const keys = behind.map(({ put }) => put.key);
    const reads = await batchGet(this.#client, this.#table, keys);
    return paired(behind, reads).flatMap(([{ put }, read]): readonly Attempt[] => {
      if (read.kind === "found" && read.copy.version < put.version) {
        // The item was absent for the UPDATE, and then the INSERT met a smaller version; or the item expired in
        // between.
        return [{ put, kind: read.copy.body === null ? "insert" : "update" }];
      }
      replies.set(put, read.kind === "found" ? { kind: "refused", current: read.copy } : read);
      return [];
    });
  }

  #kindFor({ key }: StorePut): Kind {
    return (this.#shareOfPresent.get(groupOf(key)) ?? 1) > 0.5 ? "update" : "insert";
  }

  #learn({ put, kind }: Attempt, reply: StatementReply): void {
    const isStored = reply?.kind === "stored";
    if (reply !== null && !isStored) return;
    const wasPresent = (kind === "update") === isStored;
    const group = groupOf(put.key);
    const share = this.#shareOfPresent.get(group) ?? 1;
    this.#shareOfPresent.set(group, share + MEMORY * (Number(wasPresent) - share));
    if (this.#shareOfPresent.size > GROUPS_MAX) {
      for (const oldest of this.#shareOfPresent.keys()) {
        this.#shareOfPresent.delete(oldest);
        break;
      }
    }
  }
}

function statementOf(table: string, item: Item, kind: Kind): BatchStatementRequest {
  const { pk, v, d, x, s } = item;
  const known = (value: AttributeValue | undefined): AttributeValue => value ?? { NULL: true };
  if (kind === "insert") {
    const subject = s === undefined ? "" : ", 's': ?";
    return {
      Statement: `INSERT INTO "${table}" VALUE {'pk': ?, 'v': ?, 'd': ?, 'x': ?${subject}}`,
      Parameters: [pk, v, d, x, ...(s === undefined ? [] : [s])].map(known),
    };
  }
  const subject = s === undefined ? "REMOVE s" : "SET s = ?";
  return {
    Statement: `UPDATE "${table}" SET v = ? SET d = ? SET x = ? ${subject} WHERE pk = ? AND v < ?`,
    Parameters: [v, d, x, ...(s === undefined ? [] : [s]), pk, v].map(known),
  };
}

function replyOf({ Error: error }: BatchStatementResponse): StatementReply {
  if (error === undefined) return { kind: "stored" };
  if (error.Code === "ConditionalCheckFailed" || error.Code === "DuplicateItem") return null;
  return { kind: "failed", error: storeError(error.Code ?? "Unknown", error.Message ?? "", "put items") };
}

function unsettled({ key }: StorePut): StorePutReply {
  const message = `store: put items: "${key}" changed under each of ${ROUNDS_MAX} rounds`;
  return { kind: "failed", error: new CoreError("STORE_UNAVAILABLE", message) };
}

function unanswered(): { readonly kind: "failed"; readonly error: CoreError } {
  return { kind: "failed", error: new CoreError("STORE_UNAVAILABLE", "store: put items: no answer for a statement") };
}

function other(kind: Kind): Kind {
  return kind === "update" ? "insert" : "update";
}

function groupOf(key: string): string {
  const end = key.indexOf("#");
  return end < 0 ? key : key.slice(0, end);
}
