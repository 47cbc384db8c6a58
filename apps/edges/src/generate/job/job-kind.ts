/** Jobs: the generator knows which are sound; every record gets one receipt, and every refused one is kept. */
import {
  createFeatureWriter,
  plainSubjectDigests,
  defineConfig,
  defineGroup,
  type FeatureConfig,
  years,
} from "@trilane/feature-groups";
import {
  type JobContext,
  JobError,
  type JobReceipt,
  parseJob,
  processJob,
  readPayload,
  SlowJobs,
} from "@trilane/job-worker/processing";
import { Metrics } from "@trilane/lane-kit";
import { itemAt, systemClock, type WriteRecord } from "@trilane/write-through";
import * as z from "zod";
import { edgeKind } from "../kind.ts";
import { productWork } from "../product-work.ts";
import { GROUP, type JobCase, type JobRecord, jobCases, type RecordLabel } from "./job-case.ts";

interface FoundOutcome {
  /** Null where the whole job was refused, with a reason. */
  readonly receipts: readonly JobReceipt[] | null;
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
  const { receipts, kept } = await productWork(() => outcomeOf(one));
  const { records } = one;
  if (records === undefined) return;
  if (records === null || receipts === null) {
    if (records === null && receipts === null) return;
    const statuses = receipts?.map(({ status }) => status).join(", ");
    throw new Error(receipts === null ? "a sound job was refused" : `a wrong job has the receipts ${statuses}`);
  }
  if (receipts.length !== records.length) throw new Error(`${receipts.length} receipts for ${records.length}`);
  for (const [index, receipt] of receipts.entries()) {
    const { status } = receipt;
    const { label } = itemAt(records, index);
    if (!isRight(label, status)) throw new Error(`record ${index}, which is ${label}, is ${status}`);
    if ((status === "dead") !== kept.includes(index))
      throw new Error(`record ${index} is ${status}, and kept: ${kept.includes(index)}`);
    if (status !== "dead") checkWinner(index, records, receipts);
  }
}

function isRight(label: RecordLabel, status: string): boolean {
  const isGood = status === "applied" || status === "superseded";
  return (label !== "dead" && isGood) || (label !== "good" && status === "dead");
}

/** All records of a job have one event time, so the last one of an entity in the list is written and beats the others. */
function checkWinner(index: number, records: readonly JobRecord[], receipts: readonly JobReceipt[]): void {
  const { entity } = itemAt(records, index);
  const last = receipts.findLastIndex(
    ({ status }, other) => status !== "dead" && itemAt(records, other).entity === entity,
  );
  const [receipt, winner] = [itemAt(receipts, index), itemAt(receipts, last)];
  if (last === index) {
    if (receipt.status !== "applied")
      throw new Error(`record ${index} is the last of its entity, and ${receipt.status}`);
    return;
  }
  const by = receipt.status === "superseded" ? receipt.by : null;
  if (by === null || !("version" in winner) || by !== winner.version) {
    throw new Error(`record ${index} is ${receipt.status} by ${by ?? "none"}, and not superseded by record ${last}`);
  }
}

/** @throws what is neither a receipt nor a refusal */
async function outcomeOf(one: JobCase): Promise<FoundOutcome> {
  const kept: number[] = [];
  try {
    const job = parseJob(one.name, readPayload(one.name, one.text));
    const result = await processJob(job, contextOf(one, kept));
    return { receipts: result.kind === "written" ? result.receipts : [], kept };
  } catch (error) {
    if (error instanceof JobError && error.message.length > 0 && error.message.length < MESSAGE_CHARACTERS_MAX) {
      return { receipts: null, kept };
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
