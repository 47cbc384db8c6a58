/**
 * Measures what a long list of erasures costs: writes its blocks straight into
 * a table, starts a reader of them, and asks it about records. Prints a table.
 * Needs the store's address in the environment.
 *
 *   node infra/servers/src/main.ts run -- node packages/write-through/bench/many-erasures.ts [--erasures N]
 */
import { hash } from "node:crypto";
import { parseArgs } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { applyTable, DynamoCacheEpoch, DynamoErasures, storeClientOptions } from "../src/dynamodb/index.ts";
import { ErasureList } from "../src/erasure/erasure-list.ts";
import type { BlockEntry } from "../src/ports/erasures.ts";
import { makeVersion } from "../src/protocol/version.ts";

const { values } = parseArgs({ options: { erasures: { type: "string", default: "1000000" } } });
const count = Number(values.erasures);
const ASKED = 1_000_000;
const FOLLOWED = 1_000;
const NS_PER_MS = 1e6;
const UNTIL_US = 1_700_000_000_000_000;

const endpoint = process.env["TRILANE_DYNAMODB_ENDPOINT"];
if (endpoint === undefined) throw new Error("TRILANE_DYNAMODB_ENDPOINT is not set: run this under the servers");
const client = new DynamoDBClient({ ...storeClientOptions(), endpoint });
const table = `erasures-${process.pid}`;
await applyTable(client, table);
await new DynamoCacheEpoch(client, { table }).changeCacheEpoch(null, {
  epoch: 1,
  mode: "on",
  leaseMs: 2_000,
  waitMs: 2_000,
  isHeld: false,
  cacheName: null,
  reason: "a measurement",
  by: "many-erasures",
  changedAtMs: 0,
});
const erasures = new DynamoErasures(client, { table });
const subjectOf = (index: number): string => hash("md5", String(index), "hex");
await erasures.announce([
  { subject: subjectOf(0), kind: "erase", untilUs: UNTIL_US, id: "first", by: "many-erasures", atMs: 0 },
]);
await erasures.enforce(1);

const written = await timed(() => erasures.replaceBlocks(null, 1, entries()));
const list = new ErasureList(erasures);
const state = await erasures.readState();
globalThis.gc?.();
const rssBefore = process.memoryUsage().rss;
const started = await timed(() => list.follow(state));
const rssMb = (process.memoryUsage().rss - rssBefore) / 2 ** 20;

const version = makeVersion({
  eventTimeUs: UNTIL_US - 1,
  lane: "stream",
  sequence: 0n,
  schemaVersion: 1,
  contentHash: "0".repeat(16),
});
const subjects = Array.from({ length: 1_024 }, (_, index) => subjectOf(index * 1_021));
let refused = 0;
const asked = await timed(async () => {
  for (let index = 0; index < ASKED; index += 1) refused += Number(list.refuses(subjects[index % 1_024], version));
});
const followed = await timed(async () => {
  for (let index = 0; index < FOLLOWED; index += 1) await list.follow(state);
});

const rows: readonly (readonly [string, string])[] = [
  ["erasures", String(list.size.subjects)],
  ["blocks", String(written.result?.count ?? 0)],
  ["write the blocks", `${(written.ms / 1_000).toFixed(1)} s`],
  ["start a process", `${(started.ms / 1_000).toFixed(2)} s`],
  ["bytes of the list in a process", `${list.size.bytes} (${(list.size.bytes / list.size.subjects).toFixed(1)} each)`],
  ["growth of the process", `${rssMb.toFixed(0)} MB`],
  ["a record asked about", `${((asked.ms * NS_PER_MS) / ASKED).toFixed(0)} ns (${refused} of ${ASKED} refused)`],
  [
    "a lease renewed, besides its one read",
    `${((followed.ms * 1_000) / FOLLOWED).toFixed(1)} us, no call of the store`,
  ],
];
process.stdout.write(`${rows.map(([name, value]) => `| ${name} | ${value} |`).join("\n")}\n`);
client.destroy();

function* entries(): Generator<BlockEntry> {
  for (let index = 0; index < count; index += 1) yield { subject: subjectOf(index), untilUs: UNTIL_US, number: 1 };
}

async function timed<Result>(run: () => Promise<Result>): Promise<{ readonly result: Result; readonly ms: number }> {
  const startMs = performance.now();
  const result = await run();
  return { result, ms: performance.now() - startMs };
}
