/** Removes the records of erased persons from the queue of a table, over a connection of its own. */
import type { Platform } from "@trilane/lane-kit";
import { systemClock } from "@trilane/write-through";
import { Queue } from "bullmq";
import { type ErasedJobs, eraseFromQueue } from "./erase-jobs.ts";
import { openQueueConnection } from "./queue-connection.ts";
import { deadQueueOf, prefixOf, queueOfTable } from "./queue-names.ts";
import { eventStreams } from "./send-options.ts";

/** @throws JobError QUEUE_UNAVAILABLE, QUEUE_EVICTS */
export async function eraseFromQueueOf(
  platform: Pick<Platform, "settings" | "config" | "subjects" | "coreWriter">,
  { queue: name, nowMs }: { readonly queue?: string | undefined; readonly nowMs: number },
): Promise<ErasedJobs> {
  const { settings, config, subjects, coreWriter } = platform;
  const { queueUrl, queueAccess: access, table } = settings;
  const onError = (): void => undefined;
  const connection = await openQueueConnection({ queueUrl, access, role: "sender", clock: systemClock, onError });
  const queueName = name ?? queueOfTable(table);
  const queue = new Queue(queueName, { connection, streams: eventStreams, ...prefixOf(access) });
  const deadQueue = new Queue(deadQueueOf(queueName), { connection, streams: eventStreams, ...prefixOf(access) });
  for (const each of [queue, deadQueue]) each.on("error", onError);
  try {
    const isErased = coreWriter.isErased.bind(coreWriter);
    return await eraseFromQueue({ connection, queue, deadQueue, config, subjects, isErased, nowMs });
  } finally {
    await Promise.all([queue.close(), deadQueue.close()]);
    connection.disconnect();
  }
}
