/** Jobs: the generator knows which are sound; every record gets one receipt, and every refused one is kept. */
import {
  createFeatureWriter,
  plainSubjectDigests,
  defineConfig,
  defineGroup,
  type FeatureConfig,
  years,
} from "@trilane/feature-groups";
import { type JobContext, JobError, parseJob, processJob, readPayload, SlowJobs } from "@trilane/job-worker/processing";
import { Metrics } from "@trilane/lane-kit";
import { systemClock, type WriteRecord } from "@trilane/write-through";
import * as z from "zod";
import { edgeKind } from "../kind.ts";
import { productWork } from "../product-work.ts";
import { GROUP, type JobCase, jobCases, type RecordLabel } from "./job-case.ts";

interface FoundOutcome {
  /** Null where the whole job was refused, with a reason. */
  readonly statuses: readonly string[] | null;
  /** Positions of the records that were kept as refused. */
  readonly kept: readonly number[];
}

const config: FeatureConfig = defineConfig({
  groups: {
    [GROUP]: defineGroup({
      key: ["id"],
      eventTime: { from: "source" },
      schema: z.looseObject({}),
      ttlMs: years(1_000),
    }),
  },
});
/** Later than every job is sent. */
const NOW_MS = 4_100_000_000_000;
const time = { kind: "confirmed", nowMs: NOW_MS } as const;
const core = {
  isErased: () => false,
  timeOfDay: () => time,
  write: (written: readonly WriteRecord[]) =>
    Promise.resolve(written.map(({ version }) => ({ status: "applied", version }) as const)),
};
const platform: JobContext["platform"] = {
  config,
  clock: systemClock,
  random: () => 0,
  metrics: new Metrics(),
  cacheEpoch: { timeOfDay: () => time },
  writer: createFeatureWriter(config, core),
  subjects: plainSubjectDigests,
};

export const jobKind = edgeKind<JobCase>(
  "job",
  "jobs of other clients; right is a receipt for each sound record, a letter for each other one, or a refusal with a reason",
  () => Promise.resolve({ cases: jobCases, check: checkJob, fileOf }),
);

async function checkJob(one: JobCase): Promise<void> {
  const { statuses, kept } = await productWork(() => outcomeOf(one));
  if (one.records === undefined) return;
  if (one.records === null || statuses === null) {
    if (one.records === null && statuses === null) return;
    throw new Error(
      statuses === null ? "a sound job was refused" : `a wrong job has the receipts ${statuses.join(", ")}`,
    );
  }
  if (statuses.length !== one.records.length) throw new Error(`${statuses.length} receipts for ${one.records.length}`);
  for (const [index, { label }] of one.records.entries()) {
    const status = statuses[index] ?? "none";
    if (!isRight(label, status)) throw new Error(`record ${index}, which is ${label}, is ${status}`);
    if ((status === "dead") !== kept.includes(index))
      throw new Error(`record ${index} is ${status}, and kept: ${kept.includes(index)}`);
  }
}

function isRight(label: RecordLabel, status: string): boolean {
  // Of several good records of one key the writer sends the highest alone.
  const isGood = status === "applied" || status === "superseded";
  return (label !== "dead" && isGood) || (label !== "good" && status === "dead");
}

/** @throws what is neither a receipt nor a refusal */
async function outcomeOf(one: JobCase): Promise<FoundOutcome> {
  const kept: number[] = [];
  try {
    const job = parseJob(one.name, readPayload(one.name, one.text));
    const result = await processJob(job, contextOf(one, kept));
    return { statuses: result.kind === "written" ? result.receipts.map(({ status }) => status) : [], kept };
  } catch (error) {
    if (error instanceof JobError && error.message.length > 0 && error.message.length < MESSAGE_CHARACTERS_MAX) {
      return { statuses: null, kept };
    }
    throw error;
  }
}

const MESSAGE_CHARACTERS_MAX = 3_000;

function contextOf({ jobId, createdMs }: JobCase, kept: number[]): JobContext {
  return {
    platform,
    resolvers: { [GROUP]: () => Promise.resolve(null) },
    retry: { attemptsMax: 1, baseMs: 1, maxMs: 1 },
    signal: new AbortController().signal,
    stopSignal: new AbortController().signal,
    slowJobs: new SlowJobs(1),
    jobId,
    createdMs,
    deadMax: null,
    keepDead: async (_group, { receipts }) => {
      kept.push(...receipts.flatMap(({ status }, index) => (status === "dead" ? [index] : [])));
    },
    load: () => Promise.reject(new JobError("INVALID_JOB", "no source is allowed here")),
    erase: () => Promise.reject(new JobError("INVALID_JOB", "nobody is erased here")),
    onFatal: (error) => {
      throw error;
    },
  };
}

function fileOf({ name, text }: JobCase): { readonly extension: string; readonly bytes: Uint8Array } {
  return { extension: "job", bytes: Buffer.from(`${JSON.stringify(name)}\n${text}`) };
}
