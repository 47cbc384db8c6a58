/**
 * Dead letters of the on-demand lane: jobs of a queue beside, which nobody
 * runs. They are there before their job is done; a crash in between runs the
 * job again, and because their ids follow from the job, once is enough.
 */
import { type DeadLetter, deadLettersOf } from "@trilane/lane-kit";
import { itemAt } from "@trilane/write-through";
import type { Queue } from "bullmq";
import type { JobReceipt } from "./job-results.ts";

/** The job that a refused record came with. */
export interface DeadJobSource {
  readonly id: string;
  readonly name: string;
  readonly group: string;
}

export interface DeadJobPlace extends DeadJobSource {
  /** The place in the job's records or keys. */
  readonly index: number;
}

export interface DeadJobData {
  readonly lane: "on-demand";
  readonly job: string;
  readonly name: string;
  readonly group: string;
  /** The place in the job's records or keys. */
  readonly index: number;
  readonly record: unknown;
  readonly reason: string;
  readonly error: string;
}

export const DEAD_JOB_NAME = "dead";

/** Keeps the dead ones of `inputs`; resolves with how many they are, when they are kept. */
export async function keepDead(
  deadQueue: Queue,
  source: DeadJobSource,
  { inputs, receipts }: { readonly inputs: readonly unknown[]; readonly receipts: readonly JobReceipt[] },
): Promise<number> {
  const letters = deadLettersOf(receipts, (index) => ({ place: { ...source, index }, input: itemAt(inputs, index) }));
  if (letters.length > 0) await deadQueue.addBulk(letters.map(deadJobOf));
  return letters.length;
}

function deadJobOf({
  place,
  input,
  reason,
  detail,
}: DeadLetter<DeadJobPlace>): Parameters<Queue["addBulk"]>[0][number] {
  const { id, name, group, index } = place;
  const data: DeadJobData = {
    lane: "on-demand",
    job: id,
    name,
    group,
    index,
    record: input,
    reason,
    error: detail,
  };
  return { name: DEAD_JOB_NAME, data, opts: { jobId: `dead-${id}-${index}` } };
}
