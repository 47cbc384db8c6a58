/** The on-demand lane, which runs the jobs that another client of the queue sends, one after the other. */
import { deadQueueOf, openQueueConnection, work } from "@trilane/job-worker";
import { systemClock } from "@trilane/write-through";
import { Queue } from "bullmq";
import { vi } from "vitest";
import * as z from "zod";
import { type CaseOf, type CorpusSetting, jsonOf } from "./corpus-setting.ts";
import { countReceipts, type FoundLetter } from "./right-outcome.ts";

export interface JobLane {
  run(one: CaseOf<"job">): Promise<JobOutcome>;
  close(): Promise<void>;
}

interface JobOutcome {
  readonly receipts: Readonly<Record<string, number>>;
  /** Why the job failed for good; null where it did not. */
  readonly refusal: string | null;
  readonly letters: readonly FoundLetter[];
}

const WAIT_MS_MAX = 20_000;
const LOOK_MS = 20;
const LETTERS_MAX = 1_000;
const sent = z.strictObject({ name: z.string(), data: z.unknown() });
const result = z.looseObject({ receipts: z.array(z.looseObject({ status: z.string() })) });
const letter = z.looseObject({ job: z.string(), index: z.number(), reason: z.string(), record: z.unknown() });

export async function openJobLane({ settings, platform, name }: CorpusSetting): Promise<JobLane> {
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const done = work({ platform, queue: name, signal: stop.signal, onReady: () => ready.resolve() });
  done.catch(ready.reject);
  await ready.promise;
  const { queueUrl } = settings;
  const onError = (): undefined => undefined;
  const connection = await openQueueConnection({ queueUrl, role: "sender", clock: systemClock, onError });
  const queue = new Queue(name, { connection });
  const deadQueue = new Queue(deadQueueOf(name), { connection });
  return {
    run: (one) => runJob({ queue, deadQueue }, one),
    async close() {
      stop.abort();
      await done;
      await Promise.all([queue.close(), deadQueue.close()]);
      connection.disconnect();
    },
  };
}

async function runJob(
  { queue, deadQueue }: { readonly queue: Queue; readonly deadQueue: Queue },
  one: CaseOf<"job">,
): Promise<JobOutcome> {
  const { name, data } = sent.parse(jsonOf(one));
  const isObject = typeof data === "object" && data !== null;
  const { id = "" } = await queue.add(name, isObject ? { group: one.name, ...data } : data);
  const job = await vi.waitUntil(
    async () => {
      const found = await queue.getJob(id);
      return found?.finishedOn === undefined ? null : found;
    },
    { timeout: WAIT_MS_MAX, interval: LOOK_MS },
  );
  const all = await deadQueue.getJobs(undefined, 0, LETTERS_MAX);
  const letters = all
    .map((dead) => letter.parse(dead.data))
    .filter((dead) => dead.job === id)
    .toSorted((left, right) => left.index - right.index)
    .map(({ reason, record }) => ({ reason, input: record }));
  const isDone = (await job.getState()) === "completed";
  const returned: unknown = job.returnvalue;
  return {
    receipts: isDone ? countReceipts(result.parse(returned).receipts) : {},
    refusal: isDone ? null : job.failedReason,
    letters,
  };
}
