/**
 * Dead letters of the on-demand lane: jobs of a second queue, which nobody
 * runs. They are kept before their job is done. A crash in between runs the job
 * again, and because the ids of the letters follow from the job, each letter is
 * there once.
 */
import { createHash } from "node:crypto";
import { letterText } from "@trilane/batch-loader";
import { type DeadLetter, deadLettersOf } from "@trilane/lane-kit";
import { itemAt } from "@trilane/write-through";
import type { Queue } from "bullmq";
import { JobError } from "./errors.ts";
import type { JobReceipt } from "./job-results.ts";
import { isOutOfMemory } from "./queue-memory.ts";
import type { Retention } from "./retention.ts";

/** The job of a refused record. */
export interface DeadJobSource {
  readonly id: string;
  /**
   * Milliseconds since 1970 when the job was sent, by its sender. It is needed because a client may use an id again.
   */
  readonly sentMs: number | null;
  readonly name: string;
  readonly group: string;
}

export interface DeadJobPlace extends DeadJobSource {
  /** The position in the job's records or keys. */
  readonly index: number;
}

export interface DeadJobData {
  readonly lane: "on-demand";
  readonly job: string;
  readonly name: string;
  readonly group: string;
  /** The position in the job's records or keys. */
  readonly index: number;
  readonly record?: unknown;
  /** The record as text, where the library's JSON cannot hold it because it is nested too deep. */
  readonly recordText?: string;
  readonly reason: string;
  readonly error: string;
}

export const DEAD_JOB_NAME = "dead";
const ID_CHARACTERS = 32;

export interface DeadJobPorts {
  readonly deadQueue: Pick<Queue, "addBulk">;
  readonly retention: Pick<Retention, "came" | "sweep">;
}

/**
 * Keeps the dead ones of `inputs`; resolves with their number when they are kept.
 * @throws JobError QUEUE_FULL
 */
export async function keepDead(
  { deadQueue, retention }: DeadJobPorts,
  source: DeadJobSource,
  { inputs, receipts }: { readonly inputs: readonly unknown[]; readonly receipts: readonly JobReceipt[] },
): Promise<number> {
  const letters = deadLettersOf(receipts, (index) => ({ place: { ...source, index }, input: itemAt(inputs, index) }));
  if (letters.length === 0) return 0;
  const texts = letters.map(letterOf);
  await retention.came(
    "dead",
    texts.reduce((bytes, { length }) => bytes + length, 0),
  );
  try {
    await deadQueue.addBulk(letters.map((letter, index) => deadJobOf(letter, itemAt(texts, index))));
  } catch (cause) {
    if (!isOutOfMemory(cause)) throw cause;
    await retention.sweep();
    const message = `${letters.length} refused records were not kept: the queue's server is full. The job runs again`;
    throw new JobError("QUEUE_FULL", message, { cause });
  }
  return letters.length;
}

interface KeptRecord {
  readonly data: Pick<DeadJobData, "record" | "recordText">;
  readonly length: number;
}

/** The record in a form that JSON can hold, because the library writes letters as JSON. */
function letterOf({ input }: DeadLetter<DeadJobPlace>): KeptRecord {
  const recordText = letterText(input);
  const record: unknown = JSON.parse(recordText);
  const isWritable = canBeWritten(record);
  return { data: isWritable ? { record } : { recordText }, length: recordText.length };
}

function canBeWritten(record: unknown): boolean {
  try {
    JSON.stringify(record);
    return true;
  } catch {
    return false;
  }
}

function deadJobOf(
  { place, reason, detail }: DeadLetter<DeadJobPlace>,
  { data: kept }: KeptRecord,
): Parameters<Queue["addBulk"]>[0][number] {
  const { id, name, group, index } = place;
  const data: DeadJobData = { lane: "on-demand", job: id, name, group, index, ...kept, reason, error: detail };
  return { name: DEAD_JOB_NAME, data, opts: { jobId: letterId(place) } };
}

/** A job of another client may have any text as its id, but a letter's id must not have a colon. */
function letterId({ id, sentMs, index }: DeadJobPlace): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([id, sentMs]))
    .digest("hex")
    .slice(0, ID_CHARACTERS);
  return `dead-${digest}-${index}`;
}
