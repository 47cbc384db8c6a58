/** `up`, `down`, `status` and `apply`: the servers and the table. */
import { connect } from "node:net";
import { checkRegion, createDynamoDb, type ErasureRound, readOpenErasures, shownAddress } from "@trilane/lane-kit";
import { applyTable, DynamoErasures } from "@trilane/write-through/dynamodb";
import { type Command, Option } from "commander";
import { findServers, stateFile } from "../config.ts";
import { EXIT } from "../exit-codes.ts";
import { requireLocalServers } from "../local-servers.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";
import { SERVER_NAMES, type ServerName } from "../server-names.ts";
import { textTable } from "../text-table.ts";
import { readSettings, withPlatform } from "../with-platform.ts";

const CONNECT_MS_MAX = 1_000;

export function addServerCommands(program: Command): void {
  const up = program
    .command("up")
    .description("start local servers (Kafka, DynamoDB Local, S3, cache, queue); they stay up until `down`")
    .addOption(new Option("--only <names...>", "only these").choices(SERVER_NAMES))
    .action((options: { readonly only?: readonly ServerName[] }, command: Command) =>
      runAction(command, (output) => startServers(options, output)),
    );
  withExamples(up, "trilane up", "trilane up --only dynamodb cache");

  const down = program
    .command("down")
    .description("stop the servers that `up` started; their data is gone then")
    .action((_options: object, command: Command) => runAction(command, stopServers));
  withExamples(down, "trilane down");

  const status = program
    .command("status")
    .description("which servers are used, and whether they answer")
    .action((_options: object, command: Command) => runAction(command, showStatus));
  withExamples(status, "trilane status", "trilane status --json");

  const apply = program
    .command("apply")
    .description("create the table where there is none, and begin the cache's first epoch")
    .action((_options: object, command: Command) => runAction(command, applyAll));
  withExamples(apply, "trilane apply", "TRILANE_TABLE=features trilane apply");
}

async function startServers({ only }: { readonly only?: readonly ServerName[] }, output: Output): Promise<number> {
  const { createProgress, upDetached } = await requireLocalServers();
  const progress = createProgress();
  const state = await upDetached({ ...stateFile(), progress, ...(only === undefined ? {} : { only }) });
  const rows = state.servers.map(({ name, engine, version, address }) => [name, `${engine} ${version}`, address]);
  output.result({ servers: state.servers, startedAt: state.startedAt, env: state.env }, textTable(rows));
  output.note("`trilane apply` creates the table, `trilane down` stops the servers.");
  return EXIT.ok;
}

async function stopServers(output: Output): Promise<number> {
  const { downDetached } = await requireLocalServers();
  const isStopped = await downDetached(stateFile());
  output.result({ stopped: isStopped }, isStopped ? "stopped" : "nothing was running");
  return EXIT.ok;
}

interface ServerState {
  readonly name: string;
  readonly engine: string;
  readonly address: string;
  readonly answers: boolean;
}

/** Exit code 0 only where all servers can be reached. */
async function showStatus(output: Output): Promise<number> {
  const source = await findServers();
  if (source.kind === "none") {
    output.result({ source: "none", servers: [] }, "nothing is running: `trilane up` starts local servers");
    return EXIT.failure;
  }
  const found =
    source.kind === "up"
      ? source.state.servers.map(({ name, engine, version, address }) => ({
          name,
          engine: `${engine} ${version}`,
          address,
        }))
      : Object.entries(source.addresses).map(([name, address]) => ({ name, engine: "from the environment", address }));
  const servers = await Promise.all(
    found.map(async ({ address, ...server }) => ({
      ...server,
      address: shownAddress(address),
      answers: await answers(address),
    })),
  );
  const rows = servers.map(serverRow);
  const erasures = await openErasures(servers);
  const text =
    erasures === null ? [] : [`erasures: ${erasures.open} have a sweep to come, ${erasures.overdue} overdue`];
  output.result({ source: source.kind, servers, erasures }, [textTable(rows), ...text].join("\n"));
  return servers.every((server) => server.answers) ? EXIT.ok : EXIT.failure;
}

/** Null where the table cannot be asked. */
async function openErasures(servers: readonly ServerState[]): Promise<ErasureRound | null> {
  if (!servers.some(({ name, answers: isUp }) => name === "dynamodb" && isUp)) return null;
  const settings = await readSettings();
  const dynamodb = createDynamoDb(settings);
  try {
    return await readOpenErasures(new DynamoErasures(dynamodb, { table: settings.table }), Date.now());
  } catch {
    return null;
  } finally {
    dynamodb.destroy();
  }
}

function serverRow({ name, engine, address, answers: isUp }: ServerState): readonly string[] {
  return [name, engine, address, isUp ? "answers" : "DOES NOT ANSWER"];
}

/** True where every address of a server accepts a connection. */
async function answers(address: string): Promise<boolean> {
  const connected = await Promise.all(address.split(",").map(takesConnection));
  return connected.every((isConnected) => isConnected);
}

function takesConnection(address: string): Promise<boolean> {
  const url = URL.parse(address.includes("://") ? address : `tcp://${address}`);
  if (url === null) return Promise.resolve(false);
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname, port, timeout: CONNECT_MS_MAX });
    const end = (isConnected: boolean): void => {
      socket.destroy();
      resolve(isConnected);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}

async function applyAll(output: Output): Promise<number> {
  const settings = await readSettings();
  const dynamodb = createDynamoDb(settings);
  const isCreated = await checkRegion(dynamodb)
    .then(() => applyTable(dynamodb, settings.table))
    .finally(() => dynamodb.destroy());
  const cacheEpoch = await withPlatform((platform) => Promise.resolve(platform.cacheEpoch.known?.cacheEpoch));
  const { table } = settings;
  const { epoch, mode } = cacheEpoch ?? { epoch: 0, mode: "off" };
  const text = `table ${table} ${isCreated ? "created" : "was there already"}; the cache is ${mode}, epoch ${epoch}`;
  output.result({ table, created: isCreated, epoch, mode }, text);
  return EXIT.ok;
}
