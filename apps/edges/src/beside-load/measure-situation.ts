/**
 * Runs the stream lane's program over a whole topic, alone or beside loads, and
 * measures it from outside, by the metrics that it serves.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { applyTable } from "@trilane/write-through/dynamodb";
import { type RunningLane, startLane, STREAM_LANE } from "../lanes/lane-program.ts";
import { sumOf } from "../lanes/metrics-text.ts";
import { type Loads, type LoadsInTurn, startLoads } from "./loads-in-turn.ts";
import { GROUPS, type LoadKind, type Situation } from "./situations.ts";

export interface BesideLoadSetting {
  readonly dynamodb: DynamoDBClient;
  readonly topic: string;
  /** The number of messages of the topic. */
  readonly messages: number;
  /** The addresses of the objects that loads take. */
  readonly objects: Readonly<Record<LoadKind, readonly string[]>>;
  /** Of all processes. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

export interface SituationFigures {
  readonly perSecond: number;
  /** CPU of the stream lane's process for a message. */
  readonly cpuUs: number;
  /** Records that the loads wrote in a second meanwhile. */
  readonly loadWritesPerSecond: number;
}

const LOOK_MS = 50;
/** The part of the messages that is measured. */
const FROM = 0.15;
const UP_TO = 0.85;
const US_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;
const CONSUMED = "trilane_stream_consumed_total";

export async function measureSituation(
  { load, writesPerSecond }: Situation,
  setting: BesideLoadSetting,
): Promise<SituationFigures> {
  const table = `beside-${randomBytes(6).toString("hex")}`;
  await applyTable(setting.dynamodb, table);
  const pace = writesPerSecond === null ? {} : { TRILANE_LOAD_WRITES_PER_SECOND: String(writesPerSecond) };
  const environment = { ...setting.environment, TRILANE_TABLE: table, ...pace };
  const { topic, directory, objects } = setting;
  const loads = load === null ? null : await startLoads({ ...loadsOf(load, objects), environment, directory });
  const args = ["--topic", `${topic}=routes`, "--group-id", table];
  const stream = await startLane({ main: STREAM_LANE, args, environment, directory });
  try {
    return await watch({ stream, loads, messages: setting.messages });
  } finally {
    await Promise.all([stream.stop(), loads?.stop()]);
  }
}

function loadsOf(
  kind: LoadKind,
  objects: BesideLoadSetting["objects"],
): Pick<LoadsInTurn, "sources" | "waitsForWrites"> {
  const sources = objects[kind].map((address) => ({ group: GROUPS[kind], address }));
  return { sources, waitsForWrites: kind === "cold" };
}

interface Moment {
  readonly atMs: number;
  readonly consumed: number;
  readonly cpuSeconds: number;
  readonly written: number;
}

interface Watched {
  readonly stream: RunningLane;
  readonly loads: Loads | null;
  readonly messages: number;
}

/** The lane works ahead of what it has consumed, so the beginning and the end of the topic are left out. */
async function watch({ stream, loads, messages }: Watched): Promise<SituationFigures> {
  const failed = Promise.race([
    stream.ended.then(({ exitCode, stderr }) =>
      Promise.reject(new Error(`the stream lane ended, ${exitCode}: ${stderr}`)),
    ),
    ...(loads === null ? [] : [loads.failed]),
  ]);
  let isOver = false;
  const seen = async (): Promise<SituationFigures> => {
    let first: Moment | null = null;
    while (!isOver) {
      const now = await momentOf(stream, loads);
      if (now !== null && (first === null || now.consumed < FROM * messages)) first = now;
      if (first !== null && now !== null && now.consumed >= UP_TO * messages) return figuresBetween(first, now);
      await sleep(LOOK_MS);
    }
    throw new Error("the watch was ended");
  };
  return await Promise.race([failed, seen()]).finally(() => (isOver = true));
}

async function momentOf(stream: RunningLane, loads: Loads | null): Promise<Moment | null> {
  const values = await stream.metrics();
  if (values === null) return null;
  return {
    atMs: performance.now(),
    consumed: sumOf(values, CONSUMED),
    cpuSeconds: sumOf(values, "process_cpu_seconds_total"),
    written: (await loads?.written()) ?? 0,
  };
}

function figuresBetween(first: Moment, last: Moment): SituationFigures {
  const consumed = last.consumed - first.consumed;
  if (consumed === 0) throw new Error("the topic was consumed between two looks: give more --messages");
  const seconds = (last.atMs - first.atMs) / MS_PER_SECOND;
  return {
    perSecond: consumed / seconds,
    cpuUs: ((last.cpuSeconds - first.cpuSeconds) / consumed) * US_PER_SECOND,
    loadWritesPerSecond: (last.written - first.written) / seconds,
  };
}
