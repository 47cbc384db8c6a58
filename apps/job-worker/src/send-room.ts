/**
 * Refuses to send while the queue's server is nearly full. The remaining memory
 * is for the workers, which renew locks, keep dead letters and empty the queue.
 * With a server without a limit nothing is refused.
 */
import { shownAddress } from "@trilane/lane-kit";
import type { Clock } from "@trilane/write-through";
import type { Redis } from "ioredis";
import { JobError } from "./errors.ts";
import { memoryStateOf, memoryText, type QueueMemory, queueMemoryOf } from "./queue-memory.ts";

export interface SendRoomOptions {
  readonly connection: Pick<Redis, "info">;
  readonly queueUrl: string;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** An answer is used for so long, so a sender of many small jobs asks once in that time. */
const BELIEVED_MS = 500;

export class SendRoom {
  readonly #options: SendRoomOptions;
  #memory: QueueMemory = { usedBytes: 0, maxBytes: null };
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(options: SendRoomOptions) {
    this.#options = options;
  }

  /** @throws JobError QUEUE_FULL */
  async check(): Promise<void> {
    const { connection, queueUrl, clock } = this.#options;
    if (clock.monotonicMs() >= this.#untilMs) {
      // Sending the job shows whether the server answers.
      const info = await connection.info("memory").catch(() => null);
      if (info !== null) this.#memory = queueMemoryOf(info);
      this.#untilMs = clock.monotonicMs() + BELIEVED_MS;
    }
    if (memoryStateOf(this.#memory) !== "full") return;
    throw queueFull(`the queue's server at ${shownAddress(queueUrl)} uses ${memoryText(this.#memory)}`);
  }
}

export function queueFull(problem: string, cause?: unknown): JobError {
  const remedy = "send it again later. Workers make room; or give the server more memory (maxmemory)";
  return new JobError("QUEUE_FULL", `the job was not queued, ${problem}: ${remedy}`, { cause });
}
