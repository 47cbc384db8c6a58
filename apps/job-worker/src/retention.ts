/**
 * Keeps jobs that are over from filling the queue's server.
 *
 * A finished job keeps its receipts, for a sender that waits, but not its data.
 * Finished jobs, failed jobs and dead letters have budgets of bytes, number and
 * age each; beyond them the oldest are removed. A removed failed job or dead
 * letter is a loss that an operator may have wanted to look at, so it is logged
 * and counted.
 *
 * A crash leaves more jobs than the budgets allow; the next sweep of any worker
 * removes them.
 */
import type { Platform } from "@trilane/lane-kit";
import { chunked } from "@trilane/write-through";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { beyondBudget, keptJobs, type KeptPlace } from "./kept-jobs.ts";
import { mebibytes } from "./queue-memory.ts";
import { type Budget, budgetsFor } from "./retention-budgets.ts";
import { serverNowMs } from "./server-now.ts";

export type KeptKind = "completed" | "failed" | "dead";

export interface RetentionOptions extends Pick<Platform, "clock" | "logger" | "metrics"> {
  readonly connection: Redis;
  readonly queue: Queue;
  readonly deadQueue: Queue;
  /** The memory of the server; null where it has no limit. */
  readonly maxBytes: () => number | null;
}

interface Dropped {
  readonly jobs: number;
  readonly bytes: number;
  /** The id of the oldest one. */
  readonly oldest: string | undefined;
}

const SWEEP_MS = 30_000;
/** Jobs whose data one call removes. A call for each job costs the worker more than the removal. */
const KEYS_PER_CALL_MAX = 250;
const REMOVE_DATA = "for _, key in ipairs(KEYS) do redis.call('HDEL', key, 'data') end";
/** A sweep begins early when so much of a budget has come since the last one. */
const EARLY_SHARE = 1 / 8;
const KINDS: readonly KeptKind[] = ["completed", "failed", "dead"];
const REMOVALS_UNDER_WAY = 50;
/** The text `{}`, which clients send for no data. */
const NO_DATA_BYTES = 2;

const DROPPED_TEXT: Readonly<Record<KeptKind, string>> = {
  completed: "finished jobs",
  failed: "failed jobs",
  dead: "dead letters",
};

export class Retention {
  readonly #options: RetentionOptions;
  readonly #came: Record<KeptKind, number> = { completed: 0, failed: 0, dead: 0 };
  #sweeping: Promise<void> | null = null;
  #cancel: () => void = () => undefined;
  #isClosed = false;
  /** The names of finished jobs that still have their data. */
  readonly #finished: string[] = [];
  /** The removal that gathers. */
  #removing: Promise<void> | null = null;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Sweeps at once, and then from time to time until it is closed. Never rejects. */
  async start(): Promise<void> {
    await this.sweep();
    if (this.#isClosed) return;
    this.#cancel = this.#options.clock.schedule(SWEEP_MS, () => void this.start());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#removing;
    await this.#sweeping;
  }

  /** A job is finished: its receipts stay, its data go. */
  async completed(id: string, resultBytes: number): Promise<void> {
    this.#finished.push(this.#options.queue.toKey(id));
    this.#removing ??= this.#removeData();
    await this.#removing;
    await this.came("completed", resultBytes);
  }

  /** Removes the data of all jobs that end in one turn at once. The next sweeps remove what this could not. */
  async #removeData(): Promise<void> {
    await new Promise((resolve) => this.#options.clock.schedule(0, () => resolve(null)));
    this.#removing = null;
    const { connection, logger } = this.#options;
    for (const keys of chunked(this.#finished.splice(0), KEYS_PER_CALL_MAX)) {
      await connection
        .eval(REMOVE_DATA, keys.length, ...keys)
        .catch((error: unknown) => logger.debug({ err: error }, "job data"));
    }
  }

  /** Resolves when there is room again for the new job. */
  async came(kind: KeptKind, bytes: number): Promise<void> {
    this.#came[kind] += bytes;
    const { bytesMax } = budgetsFor(this.#options.maxBytes())[kind];
    if (this.#came[kind] > bytesMax * EARLY_SHARE) await this.sweep();
  }

  /** A caller that comes while a sweep is under way waits for that one. Never rejects. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepAll().finally(() => {
      this.#sweeping = null;
    });
    return this.#sweeping;
  }

  async #sweepAll(): Promise<void> {
    const budgets = budgetsFor(this.#options.maxBytes());
    try {
      for (const kind of KINDS) {
        this.#came[kind] = 0;
        await this.#sweepKind(kind, budgets[kind]);
      }
      await this.#trimEvents(budgets.eventsBytesMax);
    } catch (error) {
      // This may happen in an outage; the next sweep does the same work.
      this.#options.logger.debug({ err: error }, "the queue was not swept");
    }
  }

  async #sweepKind(kind: KeptKind, budget: Budget): Promise<void> {
    const { connection, queue, deadQueue } = this.#options;
    const own = kind === "dead" ? deadQueue : queue;
    const place: KeptPlace = { key: own.toKey(kind === "dead" ? "wait" : kind), jobKeyPrefix: own.toKey("") };
    const isBeyond = beyondBudget(budget, await serverNowMs(connection));
    const removed: string[] = [];
    const withData: string[] = [];
    let bytes = 0;
    for await (const job of keptJobs(connection, place)) {
      if (isBeyond(job)) {
        removed.push(job.id);
        bytes += job.bytes;
      } else if (kind === "completed" && job.dataBytes > NO_DATA_BYTES) withData.push(own.toKey(job.id));
    }
    await inParts(withData, (key) => connection.hdel(key, "data"));
    await inParts(removed, (id) => own.remove(id));
    if (removed.length > 0) this.#tell(kind, { jobs: removed.length, bytes, oldest: removed.at(-1) }, budget);
  }

  #tell(kind: KeptKind, dropped: Dropped, { bytesMax }: Budget): void {
    const { logger, metrics } = this.#options;
    const help = "Jobs and dead letters that a budget of the queue removed";
    metrics.counter("trilane_queue_dropped_total", help, ["kind"]).inc({ kind }, dropped.jobs);
    if (kind === "completed") return logger.debug(dropped, "finished jobs removed");
    const remedy = "read and remove them sooner, or give the queue's server more memory (maxmemory)";
    const what = `the oldest ${DROPPED_TEXT[kind]} were removed, at most ${mebibytes(bytesMax)} are kept`;
    logger.warn(dropped, `${what}: ${remedy}`);
  }

  /** Events repeat the receipts of their jobs. */
  async #trimEvents(bytesMax: number): Promise<void> {
    const { connection, queue } = this.#options;
    const key = queue.toKey("events");
    for (;;) {
      const bytes = (await connection.memory("USAGE", key, "SAMPLES", 0)) ?? 0;
      const events = await connection.xlen(key);
      if (bytes <= bytesMax || events <= 1) return;
      await connection.xtrim(key, "MAXLEN", Math.floor(events / 2));
    }
  }
}

async function inParts(items: readonly string[], step: (item: string) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += REMOVALS_UNDER_WAY) {
    await Promise.all(items.slice(from, from + REMOVALS_UNDER_WAY).map(step));
  }
}
