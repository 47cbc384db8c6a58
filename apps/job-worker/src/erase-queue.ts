/** Removes the records of erased persons from the queue of a table, over a connection of its own. */
import { openJobKeys, type Platform } from "@trilane/lane-kit";
import { systemClock } from "@trilane/write-through";
import { Queue } from "bullmq";
import { type ErasedJobs, eraseFromQueue } from "./erase-jobs.ts";
import { openQueueConnection } from "./queue-connection.ts";
import { deadQueueOf, prefixOf, queueOfTable } from "./queue-names.ts";
import { eventStreams } from "./send-options.ts";

const SIGNATURE_LOST =
  "a signed job has lost records of an erased person, and could not be signed anew: workers that require signatures refuse it. Set TRILANE_JOB_KEYS_FILE where persons are erased";

/** @throws SettingsError for a wrong file of keys; JobError QUEUE_UNAVAILABLE, QUEUE_EVICTS */
export async function eraseFromQueueOf(
  platform: Pick<Platform, "settings" | "config" | "subjects" | "coreWriter" | "logger">,
  { queue: name, nowMs }: { readonly queue?: string | undefined; readonly nowMs: number },
): Promise<ErasedJobs> {
  const { settings, config, subjects, coreWriter, logger } = platform;
  const { queueUrl, queueAccess: access, table, jobKeysFile } = settings;
  const keys = jobKeysFile === undefined ? null : openJobKeys(jobKeysFile, { clock: systemClock, logger });
  const onSignatureLost = (job: string): void => logger.warn({ job }, SIGNATURE_LOST);
  const onError = (): void => undefined;
  const connection = await openQueueConnection({ queueUrl, access, role: "sender", clock: systemClock, onError });
  const queueName = name ?? queueOfTable(table);
  const queue = new Queue(queueName, { connection, streams: eventStreams, ...prefixOf(access) });
  const deadQueue = new Queue(deadQueueOf(queueName), { connection, streams: eventStreams, ...prefixOf(access) });
  for (const each of [queue, deadQueue]) each.on("error", onError);
  try {
    const isErased = coreWriter.isErased.bind(coreWriter);
    return await eraseFromQueue({
      connection,
      queue,
      deadQueue,
      config,
      subjects,
      isErased,
      nowMs,
      keys,
      onSignatureLost,
    });
  } finally {
    await Promise.all([queue.close(), deadQueue.close()]);
    connection.disconnect();
  }
}
