/**
 * Waits until no job of the run's queue waits or runs. A sender that gave up
 * leaves its job behind, and a job that waits holds its records, or the names
 * of those whom it is to erase.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Progress } from "./progress.ts";

const POLL_MS = 200;

export async function untilQueueRests(options: {
  readonly queueUrl: string;
  readonly queue: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { queueUrl, queue, progress, signal } = options;
  const client = new Redis(queueUrl, { maxRetriesPerRequest: null });
  client.on("error", () => undefined);
  try {
    for (let before = -1; !signal.aborted;) {
      const left = await jobsLeft(client, `bull:${queue}`);
      if (left === 0) return;
      if (left !== before) progress.step();
      before = left;
      await delay(POLL_MS);
    }
  } finally {
    client.disconnect();
  }
}

async function jobsLeft(client: Redis, key: string): Promise<number> {
  const counts = await Promise.all([
    client.llen(`${key}:wait`),
    client.llen(`${key}:active`),
    client.zcard(`${key}:delayed`),
    client.zcard(`${key}:prioritized`),
  ]);
  return counts.reduce((sum, count) => sum + count, 0);
}
