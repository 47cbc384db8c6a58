/**
 * Watches the memory of the queue's server for a worker: a metric, one message at each change of its state, and
 * the reason why the worker is not ready while the server is full.
 */
import { type Platform, shownAddress } from "@trilane/lane-kit";
import type { Redis } from "ioredis";
import { type MemoryState, memoryStateOf, memoryText, type QueueMemory, queueMemoryOf } from "./queue-memory.ts";

export interface MemoryWatchOptions extends Pick<Platform, "clock" | "logger" | "metrics"> {
  readonly connection: Pick<Redis, "info">;
  readonly queueUrl: string;
}

const LOOK_MS = 5_000;
const REMEDY = "give it more memory (maxmemory), or start more workers";

export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  #state: MemoryState = "free";
  #memory: QueueMemory = { usedBytes: 0, maxBytes: null };
  #cancel: () => void = () => undefined;
  #isClosed = false;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  /** Null where the server has no limit, or was not asked yet. */
  get maxBytes(): number | null {
    return this.#memory.maxBytes;
  }

  /** Null while there is memory. */
  get reason(): string | null {
    return this.#state === "full" ? this.#text() : null;
  }

  /** Looks at once, and then from time to time until it is closed. Never rejects. */
  async start(): Promise<void> {
    await this.#look();
    if (this.#isClosed) return;
    this.#cancel = this.#options.clock.schedule(LOOK_MS, () => void this.start());
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { connection, metrics } = this.#options;
    // The connection itself reports a server that does not answer.
    const info = await connection.info("memory").catch(() => null);
    if (info === null) return;
    this.#memory = queueMemoryOf(info);
    const { usedBytes, maxBytes } = this.#memory;
    metrics.gauge("trilane_queue_memory_bytes", "Memory that the queue's server uses").set(usedBytes);
    metrics.gauge("trilane_queue_memory_max_bytes", "Its limit; 0 where it has none").set(maxBytes ?? 0);
    this.#change(memoryStateOf(this.#memory));
  }

  #change(state: MemoryState): void {
    if (state === this.#state) return;
    this.#state = state;
    const { logger } = this.#options;
    if (state === "free") logger.info(`${this.#text()}: there is memory again`);
    else if (state === "unbounded") logger.warn(`${this.#server()} has no maxmemory: ${UNBOUNDED}`);
    else logger.warn(`${this.#text()}: ${REMEDY}`);
  }

  #text(): string {
    const what = this.#state === "full" ? "is full, and senders are refused" : "uses much of its memory";
    return `${this.#server()} ${this.#state === "free" ? "uses less" : what}: ${memoryText(this.#memory)}`;
  }

  #server(): string {
    return `the queue's server at ${shownAddress(this.#options.queueUrl)}`;
  }
}

const UNBOUNDED =
  "when the machine's memory is used up, the server is ended and senders are not told. Set maxmemory below what the machine has";
