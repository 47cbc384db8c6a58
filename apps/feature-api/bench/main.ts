/**
 * Measures side by side, in one run, on the same cache and the same records:
 * this API, and fastify with a GET or an MGET behind it. All records are cached.
 * Prints a table and writes it to docs/benchmarks. Needs the servers' addresses
 * in the environment (`npm run bench-http` starts them).
 *
 *   node apps/feature-api/bench/main.ts [--requests N] [--rounds N] [--load "50 keys"] [--no-file]
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { FeatureWriter } from "@trilane/feature-groups";
import { createDynamoDb, createLogger, loadSettings, openPlatform } from "@trilane/lane-kit";
import { applyTable } from "@trilane/write-through/dynamodb";
import { Redis } from "ioredis";
import { type Flight, FLIGHTS, flightAt, rawKeyOf } from "./flights.ts";
import { sendRequests } from "./http-load.ts";
import { type HttpRow, httpReport, medianRow } from "./http-report.ts";

const CONNECTIONS = 64;
const KEYS_PER_BATCH = 50;
const FILL_RECORDS = 50;
const FILL_ATTEMPTS = 10;
const REPORT = new URL("../../../docs/benchmarks/http.md", import.meta.url);

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "60000" },
    rounds: { type: "string", default: "3" },
    load: { type: "string" },
    "no-file": { type: "boolean", default: false },
  },
});
const requests = Number(values.requests);
const rounds = Number(values.rounds);

process.env["TRILANE_TABLE"] ??= `bench-${randomBytes(6).toString("hex")}`;
process.env["TRILANE_CONFIG"] ??= fileURLToPath(new URL("../../../trilane.config.ts", import.meta.url));
await fill();
const byHand = await startServer("by-hand");
const trilane = await startServer("trilane");
try {
  const approaches = [
    approach("1 key", "fastify with GET", byHand, (index) => get(`/flight?${queryOf(index)}`)),
    approach("1 key", "Trilane", trilane, (index) => get(`/v1/features/routes?${queryOf(index)}`)),
    approach("50 keys", "fastify with MGET", byHand, (index) => post("/flights", index)),
    approach("50 keys", "Trilane", trilane, (index) => post("/v1/features/routes/batch", index)),
  ].filter(({ load }) => values.load === undefined || values.load === load);
  const rows = await measureInTurns(approaches);
  const text = httpReport(rows, { requests, rounds, connections: CONNECTIONS });
  process.stdout.write(text);
  if (!values["no-file"]) writeFileSync(REPORT, text);
} finally {
  byHand.child.disconnect();
  trilane.child.disconnect();
}

/** Writes the flights through the writer, so that they are cached, and as JSON for the server by hand. */
async function fill(): Promise<void> {
  const settings = loadSettings();
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, settings.table);
  dynamodb.destroy();
  const flights = Array.from({ length: FLIGHTS }, (_, index) => flightAt(index));
  const platform = await openPlatform({ name: "bench", settings, logger: createLogger("bench", "silent") });
  try {
    for (let from = 0; from < FLIGHTS; from += FILL_RECORDS) {
      await writeUntilStored(platform.writer, flights.slice(from, from + FILL_RECORDS));
    }
  } finally {
    await platform.close();
  }
  const redis = new Redis(settings.cacheUrl);
  await Promise.all(flights.map((flight) => redis.set(rawKeyOf(flight), JSON.stringify(flight))));
  redis.disconnect();
}

/** A server that has just started is slow. A put whose answer came too late is a duplicate of itself. */
async function writeUntilStored(writer: FeatureWriter, flights: readonly Flight[]): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const receipts = await writer.write("routes", flights, { lane: "on-demand" });
    const open = receipts.find(({ status }) => status !== "applied" && status !== "duplicate");
    if (open === undefined) return;
    if (attempt === FILL_ATTEMPTS) throw new Error(`a flight was not written: ${open.status}`);
  }
}

interface Server {
  readonly child: ChildProcess;
  readonly url: URL;
  /** Microseconds of CPU so far. */
  cpuUs(): Promise<number>;
}

async function startServer(name: "by-hand" | "trilane"): Promise<Server> {
  const child = fork(fileURLToPath(new URL("server-process.ts", import.meta.url)), [name]);
  const [{ address }] = (await once(child, "message")) as [{ readonly address: string }];
  return {
    child,
    url: new URL(address),
    async cpuUs() {
      child.send("cpu");
      const [{ cpu }] = (await once(child, "message")) as [{ readonly cpu: NodeJS.CpuUsage }];
      return cpu.user + cpu.system;
    },
  };
}

interface Approach {
  readonly load: string;
  readonly name: string;
  run(): Promise<HttpRow>;
}

function approach(load: string, name: string, server: Server, requestAt: (index: number) => Buffer): Approach {
  const { hostname: host, port } = server.url;
  const prepared = Array.from({ length: FLIGHTS }, (_, index) => requestAt(index));
  const at = (index: number): Buffer => prepared[index % FLIGHTS] ?? Buffer.alloc(0);
  return {
    load,
    name,
    async run() {
      const before = await server.cpuUs();
      const startedMs = performance.now();
      const sent = { host, port: Number(port), connections: CONNECTIONS, requestAt: at };
      const { answered, latenciesMs } = await sendRequests(sent, load === "1 key" ? requests : requests / 4);
      const seconds = (performance.now() - startedMs) / 1_000;
      const cpuUs = ((await server.cpuUs()) - before) / answered;
      const p99Ms = latenciesMs[Math.floor(answered * 0.99)] ?? Number.NaN;
      return { load, name, perSecond: answered / seconds, cpuUs, p99Ms };
    },
  };
}

/** Each round runs every approach once; the first round warms up. */
async function measureInTurns(approaches: readonly Approach[]): Promise<readonly HttpRow[]> {
  const all = approaches.map((): HttpRow[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, one] of approaches.entries()) {
      const row = await one.run();
      if (round > 0) all[index]?.push(row);
      process.stderr.write(`${one.load}, ${one.name}: ${Math.round(row.perSecond)}/s, ${row.cpuUs.toFixed(1)} us\n`);
    }
  }
  return all.map(medianRow);
}

function queryOf(index: number): string {
  const { origin, destination } = flightAt(index);
  return `origin=${origin}&destination=${destination}`;
}

function get(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: bench\r\n\r\n`);
}

function post(path: string, start: number): Buffer {
  const keys = Array.from({ length: KEYS_PER_BATCH }, (_, at) => {
    const { origin, destination } = flightAt(start + at);
    return { origin, destination };
  });
  const body = JSON.stringify({ keys });
  const head = `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  return Buffer.from(`${head}\r\n\r\n${body}`);
}
