/** The approaches of the bench of loads: Feast's materialize into two stores, and the batch lane. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { S3Client } from "@aws-sdk/client-s3";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { putFile } from "@trilane/lane-kit";
import { applyTable } from "@trilane/write-through/dynamodb";
import { programOf } from "../large-loads/measured-process.ts";
import { runWatched, type WatchedProgram } from "./watched-process.ts";

export interface LoadFigures {
  readonly name: string;
  /** Of the load alone. */
  readonly seconds: number;
  /** Of the whole process, with its start and its end. */
  readonly processSeconds: number;
  readonly cpuSeconds: number;
  readonly memoryMiB: number;
  readonly storeWrites: number;
}

export interface LoadApproach {
  readonly name: string;
  run(round: number): Promise<LoadFigures>;
}

export interface BenchFile {
  readonly file: string;
  /** Begins the names of all tables, projects and objects of this run. */
  readonly runName: string;
}

export interface FeastOptions extends BenchFile {
  readonly python: string;
  readonly kind: "dynamodb" | "redis";
  readonly address: string;
}

export interface LaneOptions extends BenchFile {
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  readonly bucket: string;
}

type FeastFigures = Pick<LoadFigures, "seconds" | "cpuSeconds" | "storeWrites">;

const MS_PER_SECOND = 1_000;
const COUNT_WRITES = new URL("./count-writes.ts", import.meta.url).href;
export const CONFIG: string = fileURLToPath(new URL("../../../../trilane.config.ts", import.meta.url));
const LANE = programOf(import.meta.resolve("@trilane/batch-loader"));
const STORE_NAMES = { dynamodb: "DynamoDB", redis: "the cache's server" } as const;

/** The CPU time is that of the materialization alone, without the start of Python. */
export function feastApproach(options: FeastOptions): LoadApproach {
  const name = `Feast, materialize to ${STORE_NAMES[options.kind]}`;
  return {
    name,
    run: (round) =>
      inFolder(async (folder) => {
        const program = feastCommand("feast-materialize.py", options, folder, projectOf(options, round));
        const { stdout, seconds, memoryMiB } = await runWatched(program);
        const figures = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as FeastFigures;
        return { name, memoryMiB, processSeconds: seconds, ...figures };
      }),
  };
}

/** The name under which a round of Feast keeps its features. */
export function projectOf({ runName, kind }: FeastOptions, round: number): string {
  return `${runName}_${kind}_${round}`;
}

/** A script of this folder, in Feast's environment. */
export function feastCommand(
  script: string,
  { python, kind, address, file }: FeastOptions,
  folder: string,
  project: string,
): WatchedProgram {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const environment = { FEAST_USAGE: "False", AWS_DEFAULT_REGION: "us-east-1", PYTHONDONTWRITEBYTECODE: "1" };
  return { command: python, args: [path, folder, file, project, kind, address], environment };
}

/** The table that a round of the lane has loaded. */
export function tableOf({ runName }: BenchFile, round: number): string {
  return `${runName}_lane_${round}`;
}

/** The CPU time is that of the whole process and of its engine. */
export function laneApproach({ s3, dynamodb, bucket, ...of }: LaneOptions): LoadApproach {
  const name = "Trilane, batch lane to DynamoDB and the cache";
  return {
    name,
    run: (round) =>
      inFolder(async (folder) => {
        const [table, key] = [tableOf(of, round), `${round}.parquet`];
        await applyTable(dynamodb, table);
        await putFile({ s3, file: of.file, bucket, key });
        const writesFile = join(folder, "writes");
        const end = await runWatched({
          command: process.execPath,
          args: ["--import", COUNT_WRITES, LANE, "--group", "routes", "--json", `s3://${bucket}/${key}`],
          environment: { TRILANE_TABLE: table, TRILANE_CONFIG: CONFIG, LOAD_BENCH_WRITES: writesFile },
        });
        const { seconds: processSeconds, cpuSeconds, memoryMiB } = end;
        const seconds = (JSON.parse(end.stdout) as { readonly durationMs: number }).durationMs / MS_PER_SECOND;
        const storeWrites = Number(await readFile(writesFile, "utf8"));
        return { name, seconds, processSeconds, cpuSeconds, memoryMiB, storeWrites };
      }),
  };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "trilane-load-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
