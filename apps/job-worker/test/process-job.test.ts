/** Where a job needs "now", a server's time is used, and not the worker's own clock. */
import { createFeatureWriter, plainSubjectDigests } from "@trilane/feature-groups";
import { Metrics } from "@trilane/lane-kit";
import { CoreError, eventTimeUsOf, type TimeOfDay, type WriteRecord } from "@trilane/write-through";
import { VirtualClock } from "@trilane/write-through/testing";
import { expect, it } from "vitest";
import type { ParsedJob } from "../src/decode.ts";
import { type JobContext, processJob } from "../src/process-job.ts";
import { SlowJobs } from "../src/slow-jobs.ts";
import { config } from "./trilane.config.ts";

const SERVER_MS = Date.UTC(2026, 0, 1);
const MS_PER_DAY = 86_400_000;
const key = { origin: "SEA", destination: "SFO" };

/** A worker whose own clock is a day ahead. */
function contextWith(time: TimeOfDay) {
  const clock = new VirtualClock(SERVER_MS + MS_PER_DAY);
  const written: WriteRecord[] = [];
  const core = {
    isErased: () => false,
    timeOfDay: () => time,
    write: (records: readonly WriteRecord[]) => {
      written.push(...records);
      return Promise.resolve(records.map(({ version }) => ({ status: "applied", version }) as const));
    },
  };
  const platform: JobContext["platform"] = {
    config,
    clock,
    random: () => 0.5,
    metrics: new Metrics(),
    cacheEpoch: { timeOfDay: () => time },
    writer: createFeatureWriter(config, core),
    subjects: plainSubjectDigests,
  };
  let asked = 0;
  const context: JobContext = {
    platform,
    resolvers: {
      routes: () => {
        asked += 1;
        return Promise.resolve(null);
      },
    },
    retry: { attemptsMax: 1, baseMs: 1, maxMs: 1 },
    signal: new AbortController().signal,
    stopSignal: new AbortController().signal,
    slowJobs: new SlowJobs(1),
    jobId: "1",
    createdMs: null,
    deadMax: null,
    keepDead: () => Promise.resolve(),
    load: () => Promise.reject(new Error("no job here is a load")),
    erase: () => Promise.reject(new Error("no job here erases anybody")),
    onFatal: () => undefined,
  };
  return { context, written, asked: () => asked };
}

it.each<[string, ParsedJob]>([
  ["a refresh", { name: "refresh", data: { group: "routes", key } }],
  ["a delete without a time", { name: "delete", data: { group: "routes", keys: [key] } }],
])("%s has the server's time, whatever the worker's clock says", async (_name, job) => {
  const { context, written } = contextWith({ kind: "confirmed", nowMs: SERVER_MS });
  await processJob(job, context);
  expect(written.map(({ version }) => eventTimeUsOf(version))).toEqual([SERVER_MS * 1_000]);
});

it("a refresh is given back, and its resolver not asked, while no server confirms the time", async () => {
  const error = new CoreError("CLOCK_UNCONFIRMED", "a day ahead");
  const { context, written, asked } = contextWith({ kind: "unconfirmed", error });
  const job = { name: "refresh", data: { group: "routes", key } } as const;
  await expect(processJob(job, context)).rejects.toMatchObject({ code: "WRITE_FAILED", cause: error });
  expect({ written, asked: asked() }).toEqual({ written: [], asked: 0 });
});

it("a record that left its job, because its person was erased, has its receipt, and the others keep their versions", async () => {
  const records = ["SFO", "LAX", "JFK"].map((destination) => ({
    ...key,
    destination,
    date: "2001-06-30T08:00:00Z",
    delay: 1,
  }));
  const whole = contextWith({ kind: "confirmed", nowMs: SERVER_MS });
  await processJob({ name: "put", data: { group: "routes", records } }, whole.context);
  const { context, written } = contextWith({ kind: "confirmed", nowMs: SERVER_MS });
  const left = [records[0], null, records[2]];
  const result = await processJob({ name: "put", data: { group: "routes", records: left, erased: [1] } }, context);
  expect(result).toMatchObject({ receipts: [{ status: "applied" }, { status: "erased" }, { status: "applied" }] });
  const versions = whole.written.map(({ version }) => version);
  expect(written.map(({ version }) => version)).toEqual([versions[0], versions[2]]);
});
