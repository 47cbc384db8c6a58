/** Counts what each lane asks of the servers for records of hot and of cold keys, and what an idle program asks. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { putFile } from "@trilane/lane-kit";
import { applyTable } from "@trilane/write-through/dynamodb";
import { createTopic } from "../beside-load/flight-topic.ts";
import { API, BATCH_LANE, JOB_LANE, type LaneProgram, STREAM_LANE } from "../lanes/lane-program.ts";
import { costKey, costRecord, type CostRecords, type KeyKind, writeCostFile } from "./cost-records.ts";
import type { CostStage } from "./cost-stage.ts";
import { type Costs, minus, times } from "./costs.ts";
import { type CountedLane, costsOfProgram, startCounted, untilMetric } from "./counted-lane.ts";

export interface CostRow {
  readonly name: string;
  readonly records: number;
  /** Of all records, without those of the program's start. */
  readonly costs: Costs;
}

export interface CostReport {
  /** For records. */
  readonly rows: readonly CostRow[];
  /** Once for each load. */
  readonly load: Costs;
  /** For a minute of each program without work. */
  readonly idle: readonly { readonly name: string; readonly costs: Costs }[];
}

export interface CostSizes {
  readonly records: number;
  /** The rows of the load that the engine reduces: it takes none below its minimum. */
  readonly engineRows: number;
  readonly singleJobs: number;
  readonly idleSeconds: number;
}

const RECORDS_OF_JOB = 100;
const KEYS_OF_READ = 25;
const MESSAGES_OF_SEND = 10_000;
const SECONDS_PER_MINUTE = 60;
const CONSUMED = "trilane_stream_consumed_total";
const JOBS_DONE = 'trilane_jobs_total{outcome="completed"';
const LISTENING = /"listening":"([^"]+)"/;
const KINDS: readonly KeyKind[] = ["hot", "cold"];

export async function measureCosts(stage: CostStage, sizes: CostSizes): Promise<CostReport> {
  const count = sizes.records;
  const load = await costsOfLoad(stage, { count: 1, keys: "cold" });
  const rows: CostRow[] = [];
  const note = (name: string, records: number, costs: Costs): void => {
    rows.push({ name, records, costs });
    stage.say(`${name}: ${JSON.stringify(costs)}`);
  };
  for (const keys of KINDS) {
    note(`batch, row by row, ${keys} keys`, count, minus(await costsOfLoad(stage, { count, keys }), load));
  }
  const reduced = await costsOfLoad(stage, { count: sizes.engineRows, keys: "hot" });
  note("batch, reduced by the engine, hot keys", sizes.engineRows, minus(reduced, load));
  for (const keys of KINDS) note(`stream, ${keys} keys`, count, await costsOfStream(stage, { count, keys }));
  for (const keys of KINDS) {
    const jobs = { count, keys, recordsOfJob: RECORDS_OF_JOB };
    note(`jobs of ${RECORDS_OF_JOB} records, ${keys} keys`, count, await costsOfJobs(stage, jobs));
  }
  const single = { count: sizes.singleJobs, keys: "hot", recordsOfJob: 1 } as const;
  note("jobs of one record, hot keys", sizes.singleJobs, await costsOfJobs(stage, single));
  for (const { name, costs } of await readCosts(stage, { count, keys: "cold" })) note(name, count, costs);
  return { rows, load, idle: await idleCosts(stage, sizes.idleSeconds) };
}

/** Of the whole program. */
async function costsOfLoad(stage: CostStage, records: CostRecords): Promise<Costs> {
  const environment = await tableOf(stage);
  return await loadInto(stage, records, environment);
}

async function loadInto(
  stage: CostStage,
  records: CostRecords,
  environment: LaneProgram["environment"],
): Promise<Costs> {
  const { s3, bucket, directory } = stage;
  const key = `${records.keys}-${records.count}.parquet`;
  const file = join(directory, key);
  await writeCostFile(file, records);
  await putFile({ s3, file, bucket, key });
  const args = ["--group", "routes", "--json", `s3://${bucket}/${key}`];
  return await costsOfProgram({ main: BATCH_LANE, args, environment, directory });
}

export async function costsOfStream(stage: CostStage, records: CostRecords): Promise<Costs> {
  const environment = await tableOf(stage);
  const topic = environment["TRILANE_TABLE"] ?? "";
  await createTopic(stage.kafka, topic);
  const args = ["--topic", `${topic}=routes`, "--group-id", topic];
  const lane = await startCounted({ main: STREAM_LANE, args, environment, directory: stage.directory });
  return await costsOfWork(lane, async () => {
    const producer = stage.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    for (let from = 0; from < records.count; from += MESSAGES_OF_SEND) {
      const length = Math.min(MESSAGES_OF_SEND, records.count - from);
      const messages = Array.from({ length }, (_, index) => ({
        key: JSON.stringify(costKey(from + index, records)),
        value: JSON.stringify(costRecord(from + index, records)),
      }));
      await producer.send({ topic, messages });
    }
    await producer.disconnect();
    await untilMetric(lane, CONSUMED, records.count);
  });
}

export async function costsOfJobs(
  stage: CostStage,
  { recordsOfJob, ...records }: CostRecords & { readonly recordsOfJob: number },
): Promise<Costs> {
  const environment = await tableOf(stage);
  const name = environment["TRILANE_TABLE"] ?? "";
  const lane = await startCounted({ main: JOB_LANE, args: ["--queue", name], environment, directory: stage.directory });
  const queue = await stage.openQueue(name);
  const jobs = Math.ceil(records.count / recordsOfJob);
  try {
    return await costsOfWork(lane, async () => {
      for (let job = 0; job < jobs; job += 1) {
        const some = Array.from({ length: recordsOfJob }, (_, index) =>
          costRecord(job * recordsOfJob + index, records),
        );
        await queue.enqueue({ name: "put", data: { group: "routes", records: some } });
      }
      await untilMetric(lane, JOBS_DONE, jobs);
    });
  } finally {
    await queue.close();
  }
}

/** Reads records that a load wrote, and then reads them again. */
async function readCosts(stage: CostStage, records: CostRecords): Promise<readonly Omit<CostRow, "records">[]> {
  const environment = { ...(await tableOf(stage)), TRILANE_API_PORT: "0" };
  await loadInto(stage, records, environment);
  const lane = await startCounted({ main: API, args: [], environment, directory: stage.directory });
  const [, address] = (await lane.running.prints(LISTENING)) ?? [];
  if (address === undefined) throw new Error(`the API ended: ${(await lane.running.ended).stderr}`);
  const read = async (): Promise<void> => {
    for (let from = 0; from < records.count; from += KEYS_OF_READ) {
      const keys = Array.from({ length: KEYS_OF_READ }, (_, index) => costKey(from + index, records));
      const response = await fetch(`${address}/v1/features/routes/batch`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ keys }),
      });
      if (response.status !== 200) throw new Error(`the API answered ${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  const before = await lane.costs();
  await read();
  const between = await lane.costs();
  await read();
  const after = await lane.costs();
  await lane.running.stop();
  return [
    { name: `reads of ${KEYS_OF_READ} keys over HTTP, from the store`, costs: minus(between, before) },
    { name: "the same again, from the cache", costs: minus(after, between) },
  ];
}

/** All programs at the same time. */
async function idleCosts(stage: CostStage, seconds: number): Promise<CostReport["idle"]> {
  const table = await tableOf(stage);
  const environment = { ...table, TRILANE_API_PORT: "0" };
  const topic = table["TRILANE_TABLE"] ?? "";
  await createTopic(stage.kafka, topic);
  const programs = [
    { name: "stream lane", main: STREAM_LANE, args: ["--topic", `${topic}=routes`, "--group-id", topic] },
    { name: "job worker", main: JOB_LANE, args: ["--queue", topic] },
    { name: "API", main: API, args: [] },
  ];
  const directory = stage.directory;
  return await Promise.all(
    programs.map(async ({ name, main, args }) => {
      const lane = await startCounted({ main, args, environment, directory });
      const costs = await costsOfWork(lane, () => sleep(seconds * 1_000));
      return { name, costs: times(costs, SECONDS_PER_MINUTE / seconds) };
    }),
  );
}

/** Those from when the program is ready to when the work is done. Ends the program. */
async function costsOfWork(lane: CountedLane, work: () => Promise<void>): Promise<Costs> {
  try {
    await untilMetric(lane, "trilane_cache_epoch", 1);
    const before = await lane.costs();
    await work();
    return minus(await lane.costs(), before);
  } finally {
    await lane.running.stop();
  }
}

/** A new table, so that all keys are new; its name as an environment. */
async function tableOf(stage: CostStage): Promise<Readonly<Record<string, string>>> {
  const table = stage.nextName();
  await applyTable(stage.dynamodb, table);
  return { ...stage.environment, TRILANE_TABLE: table };
}
