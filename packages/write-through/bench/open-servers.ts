/** The servers of a run, and counters of the calls to them. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Redis } from "ioredis";
import { applyTable, storeClientOptions, trimStoreClient } from "../src/dynamodb/index.ts";
import { cacheClientOptions, checkCacheServer } from "../src/valkey/index.ts";

export interface Counts {
  reset(): void;
  read(): { readonly storeCalls: number; readonly capacity: number };
}

export interface Servers {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  /** A client with the options that the core needs. */
  readonly cache: Redis;
  /** A client as people construct it, with automatic pipelining. */
  readonly plainCache: Redis;
  readonly counts: Counts;
  readonly description: string;
  /** Commands sent to the cache so far, a script counted as one. */
  cacheCalls(): number;
  close(): Promise<void>;
}

/** The commands that report capacity, which only calls that ask for it do. */
const REPORTING = new Set(["PutItemCommand", "GetItemCommand", "BatchGetItemCommand", "BatchExecuteStatementCommand"]);

export async function openServers(): Promise<Servers> {
  const endpoint = required("TRILANE_DYNAMODB_ENDPOINT");
  const cacheUrl = required("TRILANE_CACHE_URL");
  const dynamodb = trimStoreClient(new DynamoDBClient({ ...storeClientOptions(), endpoint }));
  const counts = countCalls(dynamodb);
  const table = `bench-${process.pid}`;
  await applyTable(dynamodb, table);
  const cache = new Redis(cacheUrl, cacheClientOptions({ commandTimeoutMs: 5_000, connectTimeoutMs: 1_000 }));
  const plainCache = new Redis(cacheUrl, { enableAutoPipelining: true });
  await cache.connect();
  const server = await checkCacheServer(cache);
  const sent = [countCommands(cache), countCommands(plainCache)];
  return {
    dynamodb,
    table,
    cache,
    plainCache,
    counts,
    description: `DynamoDB Local, ${server.engine} ${server.version}`,
    cacheCalls: () => sent.reduce((sum, { commands }) => sum + commands, 0),
    close() {
      cache.disconnect();
      plainCache.disconnect();
      dynamodb.destroy();
      return Promise.resolve();
    },
  };
}

function countCommands(client: Redis): { commands: number } {
  const count = { commands: 0 };
  const send = client.sendCommand.bind(client);
  client.sendCommand = (...command) => {
    count.commands += 1;
    return send(...command);
  };
  return count;
}

function countCalls(dynamodb: DynamoDBClient): Counts {
  let storeCalls = 0;
  let capacity = 0;
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (REPORTING.has(String(context.commandName))) Object.assign(args.input, { ReturnConsumedCapacity: "TOTAL" });
      storeCalls += 1;
      const result = await next(args);
      capacity += capacityOf(result.output);
      return result;
    },
    { step: "initialize" },
  );
  return {
    reset() {
      storeCalls = 0;
      capacity = 0;
    },
    read: () => ({ storeCalls, capacity }),
  };
}

function capacityOf(output: object): number {
  if (!("ConsumedCapacity" in output)) return 0;
  const { ConsumedCapacity: consumed } = output;
  const list: readonly unknown[] = Array.isArray(consumed) ? consumed : [consumed];
  return list.reduce<number>((sum, one) => sum + unitsOf(one), 0);
}

function unitsOf(consumed: unknown): number {
  if (typeof consumed !== "object" || consumed === null || !("CapacityUnits" in consumed)) return 0;
  return Number(consumed.CapacityUnits ?? 0);
}

function required(variable: string): string {
  const value = process.env[variable];
  if (value === undefined)
    throw new Error(`${variable} is not set: run this by \`npm run bench\`, which starts the servers`);
  return value;
}
