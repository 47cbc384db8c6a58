/**
 * Helpers that look at a lane under test from outside: its queue as another
 * client sees it, and its writer with a step before it.
 */
import type { FeatureWriter } from "@trilane/feature-groups";
import type { Platform } from "@trilane/lane-kit";
import type { Receipt } from "@trilane/write-through";
import { type JobsOptions, Queue } from "bullmq";
import { openQueueConnection } from "../src/index.ts";

type WriteMany = FeatureWriter["writeMany"];

/** The platform with its writer behind `intercept`, which sees every call first. */
export function withWriter(
  platform: Platform,
  intercept: (next: () => Promise<readonly Receipt[]>, ...call: Parameters<WriteMany>) => ReturnType<WriteMany>,
): Platform {
  const { writer } = platform;
  const writeMany: WriteMany = (changes, options) =>
    intercept(() => writer.writeMany(changes, options), changes, options);
  return { ...platform, writer: { ...writer, writeMany } };
}

export type SenderConnection = Awaited<ReturnType<typeof openQueueConnection>>;

export async function withQueue<Value>(
  { settings, clock }: Platform,
  name: string,
  use: (queue: Queue, connection: SenderConnection) => Promise<Value>,
): Promise<Value> {
  const { queueUrl } = settings;
  const connection = await openQueueConnection({ queueUrl, role: "sender", clock, onError: () => undefined });
  const queue = new Queue(name, { connection });
  try {
    return await use(queue, connection);
  } finally {
    await queue.close();
    connection.disconnect();
  }
}

/** Sends a job as a client of another language does: the payload is any text. Resolves with the job's id. */
export function sendText(
  platform: Platform,
  { queue: name, text }: { readonly queue: string; readonly text: string },
  options: JobsOptions = {},
): Promise<string> {
  return withQueue(platform, name, async (queue, connection) => {
    await queue.pause();
    const { id = "" } = await queue.add("put", {}, options);
    await connection.hset(queue.toKey(id), "data", text);
    await queue.resume();
    return id;
  });
}
