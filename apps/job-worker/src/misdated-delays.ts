/**
 * Brings forward the jobs that wait for a time that will not come soon.
 *
 * The library dates the next attempt of a job by the clock of the worker that
 * gives it back. If that clock is hours ahead, the job waits for hours, and all
 * right workers with it. Such a job is due later than its delay allows, by the
 * clock of the queue's server, and is then put among those that wait. A job that
 * was not begun yet keeps the time that its sender gave it.
 */
import type { Platform } from "@trilane/lane-kit";
import { chunked, paired } from "@trilane/write-through";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { serverNowMs } from "./server-now.ts";

export interface MisdatedDelaysOptions extends Pick<Platform, "clock" | "logger"> {
  readonly connection: Redis;
  readonly queue: Queue;
  /** The jobs that one look asks about. */
  readonly jobsPerLook?: number;
}

const LOOK_MS = 10_000;
/** Clocks of machines that are set right differ by less. */
const CLOCK_DIFFERENCE_MS_MAX = 10_000;
/** A score holds the time and, in its lowest 12 bits, a counter. */
const SCORES_PER_MS = 4_096;
const JOBS_PER_LOOK = 1_000;

export class MisdatedDelays {
  readonly #options: MisdatedDelaysOptions;
  #looking: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #isClosed = false;
  /** The position of the next look among the jobs that are due late, the latest first. */
  #position = 0;

  constructor(options: MisdatedDelaysOptions) {
    this.#options = options;
  }

  /** Looks at once, and then from time to time until it is closed. */
  start(): void {
    this.#looking = this.look().then(() => {
      if (!this.#isClosed) this.#cancel = this.#options.clock.schedule(LOOK_MS, () => this.start());
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#looking;
  }

  /** Goes on where the last look ended, so that jobs whose senders want them late hide no other. Never rejects. */
  async look(): Promise<void> {
    const { logger } = this.#options;
    try {
      const ids = await this.#misdated();
      for (const id of ids) await this.#bringForward(id);
      if (ids.length > 0) {
        logger.warn({ jobs: ids.length }, "jobs waited for a time that a wrong clock had set; they are run now");
      }
    } catch (error) {
      // This may happen in an outage; the next look does the same work.
      logger.debug({ err: error }, "delayed jobs were not looked at");
    }
  }

  async #misdated(): Promise<readonly string[]> {
    const { connection, queue, jobsPerLook = JOBS_PER_LOOK } = this.#options;
    const nowMs = await serverNowMs(connection);
    const from = (nowMs + CLOCK_DIFFERENCE_MS_MAX) * SCORES_PER_MS;
    const page = [this.#position, jobsPerLook] as const;
    const late = await connection.zrevrangebyscore(
      queue.toKey("delayed"),
      "+inf",
      from,
      "WITHSCORES",
      "LIMIT",
      ...page,
    );
    const jobs = chunked(late, 2).map(([id = "", score]) => ({ id, dueMs: Number(score) / SCORES_PER_MS }));
    const pipeline = connection.pipeline();
    for (const { id } of jobs) pipeline.hmget(queue.toKey(id), "delay", "ats");
    const answers = (await pipeline.exec()) ?? [];
    const misdated = paired(jobs, answers).flatMap(([{ id, dueMs }, [, fields]]) => {
      const [delay, starts] = (fields ?? []) as readonly (string | null)[];
      const aheadMs = dueMs - nowMs - Number(delay ?? 0);
      return Number(starts ?? 0) > 0 && aheadMs > CLOCK_DIFFERENCE_MS_MAX ? [id] : [];
    });
    // Those that are brought forward leave the list.
    this.#position = jobs.length < jobsPerLook ? 0 : this.#position + jobs.length - misdated.length;
    return misdated;
  }

  /** Another worker may have done it meanwhile. */
  async #bringForward(id: string): Promise<void> {
    try {
      await (await this.#options.queue.getJob(id))?.promote();
    } catch (error) {
      this.#options.logger.debug({ err: error, job: id }, "a delayed job was not brought forward");
    }
  }
}
