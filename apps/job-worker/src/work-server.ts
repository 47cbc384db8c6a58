/**
 * All that a worker has open on the queue's server, except for the worker of
 * the library itself.
 */
import type { Platform } from "@trilane/lane-kit";
import { type Job, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { MemoryWatch } from "./memory-watch.ts";
import { MisdatedDelays } from "./misdated-delays.ts";
import { openQueueConnection } from "./queue-connection.ts";
import { deadQueueOf, prefixOf, queueOfTable } from "./queue-names.ts";
import { quietWarnings, type Warn } from "./quiet-warnings.ts";
import { Retention } from "./retention.ts";
import { eventStreams } from "./send-options.ts";

export interface WorkServer {
  readonly connection: Redis;
  readonly queue: Queue;
  readonly deadQueue: Queue;
  readonly memory: MemoryWatch;
  readonly retention: Retention;
  readonly warn: Warn;
  /** Logs a failed attempt, without any part of its payload. */
  failed(job: Job | undefined, error: Error): void;
  /** Leaves the connection open. */
  close(): Promise<void>;
}

/** @throws JobError QUEUE_EVICTS, QUEUE_UNAVAILABLE */
export async function openWorkServer(options: {
  readonly platform: Platform;
  readonly queue?: string;
}): Promise<WorkServer> {
  const { platform } = options;
  const name = options.queue ?? queueOfTable(platform.settings.table);
  const { clock, logger, metrics, settings } = platform;
  const { queueUrl, queueAccess: access } = settings;
  const warn = quietWarnings(platform);
  const onError = (error: Error): void => warn(error, "queue connection");
  const connection = await openQueueConnection({ queueUrl, access, role: "worker", clock, onError });
  const queue = new Queue(name, { connection, streams: eventStreams, ...prefixOf(access) });
  const deadQueue = new Queue(deadQueueOf(name), { connection, streams: eventStreams, ...prefixOf(access) });
  for (const each of [queue, deadQueue]) each.on("error", onError);
  const memory = new MemoryWatch({ connection, queueUrl, clock, logger, metrics });
  const maxBytes = (): number | null => memory.maxBytes;
  const retention = new Retention({ connection, queue, deadQueue, clock, logger, metrics, maxBytes });
  const delays = new MisdatedDelays({ connection, queue, clock, logger });
  await memory.start();
  void retention.start();
  delays.start();
  return {
    connection,
    queue,
    deadQueue,
    memory,
    retention,
    warn,
    failed: (job, error) => logger.warn({ job: job?.id, name: job?.name, err: error }, "job failed"),
    async close() {
      memory.close();
      await Promise.all([retention.close(), delays.close()]);
      await Promise.all([queue.close(), deadQueue.close()]);
    },
  };
}
