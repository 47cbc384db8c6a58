/**
 * Reads of the loaded routes over HTTP: Feast's own server over the cache's
 * server, and the API of this project, each a process of its own with the
 * records that its load has written.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HttpRow, medianRow, sendRequests } from "@trilane/feature-api/bench";
import { freePort } from "@trilane/servers";
import { programOf } from "../large-loads/measured-process.ts";
import { runningSeconds } from "../process-figures.ts";
import { CONFIG, type FeastOptions, feastCommand } from "./load-approaches.ts";

export interface Route {
  readonly origin: string;
  readonly destination: string;
}

export interface ServedReadsOptions {
  readonly feast: FeastOptions & { readonly project: string };
  /** The table that the batch lane has loaded. */
  readonly table: string;
  readonly routes: readonly Route[];
  readonly rounds: number;
}

/** The text of a request for these routes. */
type RequestFor = (routes: readonly Route[]) => Buffer;

interface Server {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly one: RequestFor;
  readonly many: RequestFor;
}

const CONNECTIONS = 64;
const KEYS_PER_BATCH = 50;
/** Feast's server is slow, and its rate is seen in few requests. */
const REQUESTS = 2_000;
const READY_ATTEMPTS = 600;
const READY_PAUSE_MS = 100;
const US_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;
const API = programOf(import.meta.resolve("@trilane/feature-api"));
const FEATURES = ["routes:delay", "routes:distance"];

/** Both servers in turn in every round, after a warm-up that reads every route. */
export async function measureServedReads(options: ServedReadsOptions): Promise<readonly HttpRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "trilane-load-bench-"));
  const servers: Server[] = [];
  try {
    servers.push(await startFeast(options.feast, folder), await startApi(options.table));
    for (const server of servers) await warmUp(server, options.routes);
    const loads = ["1 key", `${KEYS_PER_BATCH} keys`].flatMap((load) => servers.map((server) => ({ load, server })));
    const rows = loads.map((): HttpRow[] => []);
    for (let round = 0; round < options.rounds; round += 1) {
      for (const [index, { load, server }] of loads.entries()) {
        rows[index]?.push(await measure(load, server, options.routes));
      }
    }
    return rows.map(medianRow);
  } finally {
    await Promise.all(servers.map(({ child }) => ended(child)));
    await rm(folder, { recursive: true, force: true });
  }
}

async function startFeast(feast: ServedReadsOptions["feast"], folder: string): Promise<Server> {
  const port = await freePort();
  const { command, args, environment } = feastCommand("feast-serve.py", feast, folder, feast.project);
  const many: RequestFor = (routes) => {
    const entities = {
      origin: routes.map(({ origin }) => origin),
      destination: routes.map(({ destination }) => destination),
    };
    return post("/get-online-features", { features: FEATURES, entities });
  };
  const server = {
    name: "Feast's server, over the cache's server",
    port,
    child: start(command, [...args, String(port)], environment),
    one: many,
    many,
  };
  return await whenReady(server);
}

async function startApi(table: string): Promise<Server> {
  const port = await freePort();
  const environment = { TRILANE_TABLE: table, TRILANE_CONFIG: CONFIG, TRILANE_API_PORT: String(port) };
  const server: Server = {
    name: "Trilane",
    port,
    child: start(process.execPath, [API], environment),
    one: ([route]) => get(`/v1/features/routes?${new URLSearchParams({ ...route }).toString()}`),
    many: (keys) => post("/v1/features/routes/batch", { keys }),
  };
  return await whenReady(server);
}

function start(command: string, args: readonly string[], environment: Readonly<Record<string, string>>): ChildProcess {
  return spawn(command, args, { env: { ...process.env, ...environment }, stdio: "ignore" });
}

/** Asks until the server answers anything. @throws Error where it has ended, or never answers */
async function whenReady(server: Server): Promise<Server> {
  for (let attempt = 1; attempt <= READY_ATTEMPTS; attempt += 1) {
    if (server.child.exitCode !== null) throw new Error(`${server.name} ended with code ${server.child.exitCode}`);
    const isReady = await fetch(`http://127.0.0.1:${server.port}/openapi.json`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return server;
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS));
  }
  await ended(server.child);
  throw new Error(`${server.name} does not answer`);
}

/** Afterwards every route is cached where there is a cache. */
async function warmUp(server: Server, routes: readonly Route[]): Promise<void> {
  const batches = Math.ceil(routes.length / KEYS_PER_BATCH);
  await send(server, batches, (index) => server.many(someRoutes(routes, index * KEYS_PER_BATCH)));
}

async function measure(load: string, server: Server, routes: readonly Route[]): Promise<HttpRow> {
  const isOne = load === "1 key";
  const requestAt = (index: number): Buffer =>
    isOne ? server.one(someRoutes(routes, index, 1)) : server.many(someRoutes(routes, index * KEYS_PER_BATCH));
  const prepared = Array.from({ length: REQUESTS }, (_, index) => requestAt(index));
  const processId = String(server.child.pid);
  const before = { cpu: runningSeconds(processId), ms: performance.now() };
  const latenciesMs = await send(server, REQUESTS, (index) => prepared[index % REQUESTS] ?? Buffer.alloc(0));
  const seconds = (performance.now() - before.ms) / MS_PER_SECOND;
  return {
    load,
    name: server.name,
    perSecond: REQUESTS / seconds,
    cpuUs: ((runningSeconds(processId) - before.cpu) / REQUESTS) * US_PER_SECOND,
    p99Ms: latenciesMs[Math.floor(REQUESTS * 0.99)] ?? Number.NaN,
  };
}

async function send({ port }: Server, count: number, requestAt: (index: number) => Buffer): Promise<Float64Array> {
  const { latenciesMs } = await sendRequests({ host: "127.0.0.1", port, connections: CONNECTIONS, requestAt }, count);
  return latenciesMs;
}

function someRoutes(routes: readonly Route[], start: number, count: number = KEYS_PER_BATCH): readonly Route[] {
  return Array.from(
    { length: count },
    (_, at) => routes[(start + at) % routes.length] ?? { origin: "", destination: "" },
  );
}

function get(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: bench\r\n\r\n`);
}

function post(path: string, body: object): Buffer {
  const text = JSON.stringify(body);
  const head = `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: ${text.length}`;
  return Buffer.from(`${head}\r\n\r\n${text}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exit;
}
