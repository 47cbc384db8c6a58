/**
 * `npm run journey`: prints the files and functions of this repository through
 * which one real record passes, from a Kafka message to its receipt and the
 * commit of its offset. The stream lane runs as a process of its own on real
 * servers. The functions that it calls for one record are those that it does
 * not call while it waits.
 *
 *   npm run journey                      of this checkout
 *   npm run journey -- --root ../other   of another one
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { realpath } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createDynamoDb, loadSettings } from "@trilane/lane-kit";
import { letIdleRequestsRest } from "@trilane/stream-consumer";
import { applyTable } from "@trilane/write-through/dynamodb";
import { Kafka, logLevel } from "kafkajs";
import { waitForProgress } from "../kafka-watch.ts";
import { prepareTopics } from "../produce-flights.ts";
import { withServers } from "../with-servers.ts";
import {
  addedCalls,
  calledFunctions,
  type CalledFunction,
  journeyText,
  type ScriptCoverage,
} from "./called-functions.ts";

const ROOT_DEFAULT = fileURLToPath(new URL("../../../../", import.meta.url));
const PRELOAD = new URL("coverage-preload.ts", import.meta.url).href;
/** This is long enough for several heartbeats, looks at the lag and renewals of the lease. */
const IDLE_MS = 15_000;
const WAIT_MS_MAX = 60_000;

const { values } = parseArgs({ options: { root: { type: "string" } } });
const root = await realpath(values.root ?? ROOT_DEFAULT);
const calls = await withServers(() => followRecord(root));
process.stdout.write(`${journeyText(calls)}\n`);

/** The first record warms the lane up, the second one is followed. */
async function followRecord(directory: string): Promise<readonly CalledFunction[]> {
  const name = `journey-${Date.now().toString(36)}`;
  const settings = loadSettings();
  const dynamodb = createDynamoDb(settings);
  await applyTable(dynamodb, name);
  dynamodb.destroy();
  letIdleRequestsRest();
  const kafka = new Kafka({ clientId: name, brokers: [...settings.kafkaBrokers], logLevel: logLevel.NOTHING });
  await prepareTopics(kafka, [name], 1);
  const lane = startLane(directory, name);
  try {
    await sendAndWait(kafka, name, { destination: "SFO", all: 1 });
    await calledSince(lane, directory);
    await delay(IDLE_MS);
    const idle = await calledSince(lane, directory);
    await sendAndWait(kafka, name, { destination: "LAX", all: 2 });
    return addedCalls(idle, await calledSince(lane, directory));
  } finally {
    lane.kill("SIGTERM");
    await once(lane, "exit");
  }
}

function startLane(directory: string, name: string): ChildProcess {
  const program = ["apps/stream-consumer/src/main.ts", "--topic", `${name}=routes`, "--group-id", name];
  return spawn(process.execPath, ["--import", PRELOAD, ...program], {
    cwd: directory,
    env: { ...process.env, TRILANE_TABLE: name },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

async function sendAndWait(
  kafka: Kafka,
  name: string,
  { destination, all }: { readonly destination: string; readonly all: number },
): Promise<void> {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const flight = { origin: "SEA", destination, date: "2001-06-30T12:00:00Z", delay: 3, distance: 679 };
  await producer.send({ topic: name, messages: [{ key: `SEA-${destination}`, value: JSON.stringify(flight) }] });
  await producer.disconnect();
  const signal = AbortSignal.timeout(WAIT_MS_MAX);
  await waitForProgress({ kafka, topic: name, groupId: name, signal }, ({ done }) => done >= all);
}

async function calledSince(lane: ChildProcess, directory: string): Promise<readonly CalledFunction[]> {
  const told = once(lane, "message");
  lane.send("tell");
  const [scripts] = (await told) as [readonly ScriptCoverage[]];
  return calledFunctions(scripts, directory);
}
