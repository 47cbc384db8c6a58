/** Writes: by hand, and through the core one record and many records per call. */
import {
  BatchExecuteStatementCommand,
  ConditionalCheckFailedException,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import pLimit from "p-limit";
import { DynamoStore } from "../src/dynamodb/index.ts";
import {
  chunked,
  createNextId,
  plainCopies,
  systemClock,
  systemRandom,
  type WriteRecord,
  Writer,
} from "../src/index.ts";
import { openSteadyCacheEpoch } from "../src/testing/steady-cache-epoch.ts";
import { makeVersion } from "../src/protocol/version.ts";
import { seededRandom } from "../src/testing/seeded-random.ts";
import { ValkeyCache } from "../src/valkey/index.ts";
import { type Measured, measured } from "./measure.ts";
import type { Servers } from "./open-servers.ts";

export type WriteLoad = "cold" | "hot";

const CALLERS = 32;
const HOT_KEYS = 100;
const PAYLOAD_BYTES = 300;
const EXPIRES_AT_MS = Date.UTC(2090, 0, 1);
const SEED = 1;
const PARTIQL = "PartiQL by hand, 25 a call";
const PARTIQL_STATEMENTS = 25;
const PARTIQL_CALLS = 8;

export async function writeApproaches(servers: Servers, load: WriteLoad, items: number): Promise<readonly Measured[]> {
  const byHand = (round: number): Promise<void> => writeByHand(servers, records(load, items, `hand-${round}`));
  const { table, dynamodb } = servers;
  const cache = new ValkeyCache(servers.cache, systemClock, { prefix: `${table}:`, commandBudgetMs: 5_000 });
  const cacheEpoch = await openSteadyCacheEpoch(cache, systemClock);
  const ports = {
    store: new DynamoStore(dynamodb, { table }),
    cache,
    clock: systemClock,
    random: systemRandom,
    copies: plainCopies,
    nextId: createNextId(),
    emit: () => undefined,
    cacheEpoch,
  };
  const writer = new Writer(ports);
  const single = async (round: number): Promise<void> => {
    const limit = pLimit(CALLERS);
    await Promise.all(records(load, items, `single-${round}`).map((record) => limit(() => written(writer, [record]))));
  };
  const bulk = (round: number): Promise<void> => written(writer, records(load, items, `bulk-${round}`));
  const partiql = (round: number): Promise<void> => insertByHand(servers, records(load, items, `partiql-${round}`));
  return [
    measured({ name: "by hand", load, items, servers, work: byHand }),
    measured({ name: "core, one record per call", load, items, servers, work: single }),
    measured({ name: "core, bulk", load, items, servers, work: bulk }),
    // An INSERT says nothing of a key that is there already.
    ...(load === "cold" ? [measured({ name: PARTIQL, load, items, servers, work: partiql })] : []),
  ];
}

/** The loop that people write: put if newer, then SET the record. */
async function writeByHand({ dynamodb, plainCache, table }: Servers, all: readonly WriteRecord[]): Promise<void> {
  const limit = pLimit(CALLERS);
  const write = async ({ key, version, payload, expiresAtMs }: WriteRecord): Promise<void> => {
    const value = Buffer.from(payload ?? []);
    try {
      await dynamodb.send(
        new PutItemCommand({
          TableName: table,
          Item: { pk: { S: key }, v: { S: version }, d: { B: value }, x: { N: String(expiresAtMs / 1_000) } },
          ConditionExpression: "attribute_not_exists(pk) OR v < :v",
          ExpressionAttributeValues: { ":v": { S: version } },
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return;
      throw error;
    }
    await plainCache.set(`hand:${key}`, value, "EX", 86_400);
  };
  await Promise.all(all.map((record) => limit(() => write(record))));
}

/** Nothing but the store's cheapest way to take new items: no condition on versions, no cache, no receipts. */
async function insertByHand({ dynamodb, table }: Servers, all: readonly WriteRecord[]): Promise<void> {
  const limit = pLimit(PARTIQL_CALLS);
  const Statement = `INSERT INTO "${table}" VALUE {'pk': ?, 'v': ?, 'd': ?, 'x': ?}`;
  const insert = async (chunk: readonly WriteRecord[]): Promise<void> => {
    const Statements = chunk.map(({ key, version, payload, expiresAtMs }) => ({
      Statement,
      Parameters: [{ S: key }, { S: version }, { B: Buffer.from(payload ?? []) }, { N: String(expiresAtMs / 1_000) }],
    }));
    const { Responses = [] } = await dynamodb.send(new BatchExecuteStatementCommand({ Statements }));
    const refused = Responses.find(({ Error: error }) => error !== undefined);
    if (refused !== undefined) throw new Error(`an INSERT was refused: ${String(refused.Error?.Code)}`);
  };
  await Promise.all(chunked(all, PARTIQL_STATEMENTS).map((chunk) => limit(() => insert(chunk))));
}

async function written(writer: Writer, all: readonly WriteRecord[]): Promise<void> {
  for (const receipt of await writer.write(all, { lane: "stream" })) {
    if (receipt.status === "failed") throw receipt.error;
  }
}

function records(load: WriteLoad, items: number, name: string): readonly WriteRecord[] {
  const random = seededRandom(SEED);
  return Array.from({ length: items }, (_, index): WriteRecord => {
    const key = load === "cold" ? index : Math.floor(random() * HOT_KEYS);
    const payload = Buffer.alloc(PAYLOAD_BYTES, `${index} `);
    return {
      key: `${load}#${name}#${key}`,
      version: makeVersion({
        eventTimeUs: load === "cold" ? 1_000_000 + index : Math.floor(random() * 1e12),
        sequence: 0n,
        lane: "stream",
        contentHash: index.toString(16).padStart(16, "0"),
      }),
      payload,
      expiresAtMs: EXPIRES_AT_MS,
      populate: "always",
    };
  });
}
