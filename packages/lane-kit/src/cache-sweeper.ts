/**
 * Sweeps the cache rarely: after this process has turned an epoch on, and once
 * a day. Any number of processes may do so, because entries that one has
 * removed are not found by the next. A sweep that fails is logged, and the next
 * one begins anew.
 */
import {
  type Clock,
  CoreError,
  type CoreEvent,
  type Random,
  type Reader,
  type CacheEpochAccess,
} from "@trilane/write-through";
import { type CacheKeys, sweepCache, type Swept, type ValkeyCache } from "@trilane/write-through/valkey";
import type { Logger } from "pino";
import type { Metrics } from "./metrics.ts";

export interface SweepPorts {
  readonly cache: ValkeyCache;
  readonly cacheKeys: CacheKeys;
  readonly reader: Pick<Reader, "read">;
}

export interface SweeperPorts extends SweepPorts {
  readonly cacheEpoch: Pick<CacheEpochAccess, "known">;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

const SWEEP_EVERY_MS = 24 * 3_600_000;
/** The share of the interval by which processes that started together drift apart. */
const JITTER = 0.2;

/** Removes the entries of older epochs, and reads the keys of fences as any reader would. @throws CoreError */
export async function sweepOnce(
  { cache, cacheKeys, reader }: SweepPorts,
  epoch: number,
  signal?: AbortSignal,
): Promise<Swept> {
  const swept = await sweepCache({ cache, cacheKeys }, { epoch, ...(signal === undefined ? {} : { signal }) });
  if (signal?.aborted !== true) await reader.read(swept.fencedKeys);
  return swept;
}

export class CacheSweeper {
  readonly #ports: SweeperPorts;
  readonly #closing = new AbortController();
  #sweeping: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;

  constructor(ports: SweeperPorts) {
    this.#ports = ports;
    this.#schedule();
  }

  /** Subscribes to the core's events. */
  observe(event: CoreEvent): void {
    if (event.type === "cache-epoch-changed" && event.to.mode === "on") this.#begin();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#cancel();
    await this.#sweeping;
  }

  #schedule(): void {
    const { clock, random } = this.#ports;
    this.#cancel = clock.schedule(SWEEP_EVERY_MS * (1 - JITTER * random()), () => {
      this.#begin();
      this.#schedule();
    });
  }

  #begin(): void {
    this.#sweeping = this.#sweeping.then(() => this.#sweep());
  }

  async #sweep(): Promise<void> {
    const { cacheEpoch, metrics, logger } = this.#ports;
    const { signal } = this.#closing;
    const epoch = cacheEpoch.known?.cacheEpoch.mode === "on" ? cacheEpoch.known.cacheEpoch.epoch : null;
    if (epoch === null || signal.aborted) return;
    try {
      const { looked, removed, fences } = await sweepOnce(this.#ports, epoch, signal);
      metrics.countSweep({ removed, fences });
      logger.info({ epoch, looked, removed, fences }, "swept the cache: entries of older epochs are removed");
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      logger.warn({ epoch, code: error.code, error: error.message }, "the cache was not swept to its end");
    }
  }
}
