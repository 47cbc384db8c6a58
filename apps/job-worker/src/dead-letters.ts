/**
 * Dead letters of the on-demand lane: jobs of a queue beside, which nobody
 * runs. They are there before their job is done; a crash in between runs the
 * job again, and because their ids follow from the job, once is enough.
 */
import type { Queue } from "bullmq";
import type { JobReceipt } from "./job-results.ts";

export interface DeadJobSource {
  readonly id: string;
  readonly name: string;
  readonly group: string;
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

/** Resolves with how many were kept. */
export async function keepDead(
  deadQueue: Queue,
  source: DeadJobSource,
  inputs: readonly unknown[],
  receipts: readonly JobReceipt[],
): Promise<number> {
  const jobs = receipts.flatMap((receipt, index) => {
    if (receipt.status !== "dead") return [];
    const data: DeadJobData = {
      lane: "on-demand",
      job: source.id,
      name: source.name,
      group: source.group,
      index,
      record: inputs[index],
      reason: receipt.reason,
      error: receipt.detail,
    };
    return [{ name: DEAD_JOB_NAME, data, opts: { jobId: `dead-${source.id}-${index}` } }];
  });
  if (jobs.length > 0) await deadQueue.addBulk(jobs);
  return jobs.length;
}
