/**
 * The store's adapter on a real DynamoDB Local behind a link that throttles or
 * stalls: the number of its calls adapts, and all records are stored in the
 * end.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type ServerHandle, startDynamoDb } from "@trilane/servers";
import { type CoreEvent, type StorePut, type StorePutReply, systemClock } from "@trilane/write-through";
import {
  applyTable,
  DynamoStore,
  storeClientOptions,
  type StoreClientTimes,
  storeClientTimesDefaults,
  storeLimitsDefaults,
} from "@trilane/write-through/dynamodb";
import { putOf } from "@trilane/write-through/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type LinkFault, startTcpProxy, type TcpProxy } from "../../src/faults/index.ts";

const TABLE = "store-outage";
const RECORDS = 500;
const FAILED_ROUNDS = 4;
const ROUNDS_MAX = 40;
/** So soon a call through a link that stalls has failed. */
const impatient = { ...storeClientTimesDefaults, requestTimeoutMs: 500, connectTimeoutMs: 500 };
/** For what is no outage, however busy the machine is. */
const patient = { ...storeClientTimesDefaults, requestTimeoutMs: 60_000, connectTimeoutMs: 60_000 };

let server: ServerHandle;
let proxy: TcpProxy;
let client: DynamoDBClient;
let patientClient: DynamoDBClient;
let windows: number[];
let store: DynamoStore;

beforeAll(async () => {
  server = await startDynamoDb({});
  proxy = await startTcpProxy({ name: "dynamodb", upstreamPort: server.port });
  const clientOf = (times: StoreClientTimes): DynamoDBClient =>
    new DynamoDBClient({
      ...storeClientOptions(times),
      endpoint: `http://127.0.0.1:${proxy.port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
  client = clientOf(impatient);
  patientClient = clientOf(patient);
  await applyTable(patientClient, TABLE);
});
beforeEach(() => {
  windows = [];
  const emit = (event: CoreEvent): void => {
    if (event.type === "store-window") windows.push(event.calls);
  };
  const limits = { pauseMsMax: 100, callsAtStart: storeLimitsDefaults.callsMax };
  store = new DynamoStore(client, { table: TABLE, limits }, { clock: systemClock, emit });
});
afterAll(async () => {
  client.destroy();
  patientClient.destroy();
  await proxy.close();
  await server.stop();
});

/**
 * Puts all records, and the failed ones again, as a lane does. The fault ends after some rounds in which none was
 * stored.
 */
async function putThrough(fault: LinkFault, puts: readonly StorePut[]): Promise<readonly StorePutReply[]> {
  const outcomes = new Map<StorePut, StorePutReply>();
  proxy.apply(fault);
  for (let round = 1; round <= ROUNDS_MAX && outcomes.size < puts.length; round += 1) {
    const left = puts.filter((put) => !outcomes.has(put));
    const replies = await store.put(left);
    left.forEach((put, index) => {
      const reply = replies[index];
      if (reply !== undefined && reply.kind !== "failed") outcomes.set(put, reply);
    });
    if (round === FAILED_ROUNDS) proxy.apply(null);
  }
  return puts.flatMap((put) => outcomes.get(put) ?? []);
}

it.each<LinkFault>([{ kind: "throttle" }, { kind: "stall" }])(
  "sends less and less while the link's fault is $kind, then more again, and all is stored",
  async (fault) => {
    const before = proxy.fired[fault.kind];
    const puts = Array.from({ length: RECORDS }, (_, index) => putOf(`outage#${fault.kind}-${index}`, 1));
    const replies = await putThrough(fault, puts);
    expect(replies).toHaveLength(RECORDS);
    expect(proxy.fired[fault.kind]).toBeGreaterThan(before);
    expect(Math.min(...windows)).toBe(1);
    expect(windows.at(-1)).toBeGreaterThan(1);
    const reader = new DynamoStore(patientClient, { table: TABLE }, { clock: systemClock, emit: () => undefined });
    const reads = await reader.read(puts.map(({ key }) => key));
    expect(reads.map((read) => (read.kind === "found" ? read.copy.version : read.error.code))).toEqual(
      puts.map(({ version }) => version),
    );
  },
);
