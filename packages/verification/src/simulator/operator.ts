/**
 * An operator who works while everything runs: switches the cache off and on
 * again after a while, and gives the leases another length, by the functions of
 * production's commands. There is one task at a time. A task that fails is
 * tried again until it is done, so that a run does not end with a cache that is
 * held off.
 */
import {
  changeLease,
  CoreError,
  type OperatedCacheEpoch,
  type CacheEpochRecord,
  switchCacheOff,
  switchCacheOn,
} from "@trilane/write-through";
import type { MemoryStore } from "@trilane/write-through/testing";
import type { CacheServer } from "./cache-server.ts";
import type { Dice } from "./dice.ts";
import type { FaultKind } from "./faults.ts";
import { RIGHT_CLOCKS } from "./machine-clocks.ts";
import type { Network } from "./network.ts";
import { SimulatedCache } from "./simulated-cache.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { SimulatedStore } from "./simulated-store.ts";

export interface OperatorParts {
  readonly network: Network;
  readonly store: MemoryStore;
  readonly cacheServer: CacheServer;
  readonly dice: Dice;
  readonly leaseLengthsMs: readonly [number, ...number[]];
}

/** No other process has this number. */
const OPERATOR_NUMBER = 9_999;
const OFF_MS_MIN = 100;
const OFF_MS_MAX = 8_000;
const RETRY_MS_MAX = 300;
/** The probability that the leases get another length while the cache is off. */
const CHANGE_WHILE_OFF_SHARE = 0.3;

export class Operator {
  readonly #parts: OperatorParts;
  readonly #process: SimulatedProcess;
  readonly #cacheEpoch: OperatedCacheEpoch;
  #isBusy = false;

  constructor(parts: OperatorParts) {
    const { network, store, cacheServer } = parts;
    const process = new SimulatedProcess(OPERATOR_NUMBER, network.queue, RIGHT_CLOCKS);
    this.#parts = parts;
    this.#process = process;
    this.#cacheEpoch = {
      cacheEpochs: new SimulatedStore(network, process, store),
      cache: new SimulatedCache(network, process, cacheServer),
      nowMs: () => process.clock.nowMs(),
      reason: "the simulation",
      by: "operator",
    };
  }

  /** A request of some process has executed. */
  onStep(): void {
    const { faults } = this.#parts.network;
    if (this.#isBusy) return;
    if (faults.strikes("cache switched by hand")) void this.#work(() => this.#switchOffAndOn());
    else if (faults.strikes("lease length changed")) void this.#work(() => this.#changeLease());
  }

  async #work(work: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    await work();
    this.#isBusy = false;
  }

  async #switchOffAndOn(): Promise<void> {
    const { dice } = this.#parts;
    await this.#untilDone("cache switched by hand", () => switchCacheOff(this.#cacheEpoch));
    await this.#process.clock.sleep(dice.logBetween(OFF_MS_MIN, OFF_MS_MAX));
    if (dice.chance(CHANGE_WHILE_OFF_SHARE)) await this.#changeLease();
    await this.#untilDone("cache switched by hand", () => switchCacheOn(this.#cacheEpoch));
  }

  #changeLease(): Promise<void> {
    const { dice, leaseLengthsMs } = this.#parts;
    const leaseMs = dice.pick(leaseLengthsMs);
    return this.#untilDone("lease length changed", () => changeLease(this.#cacheEpoch, leaseMs));
  }

  async #untilDone(kind: FaultKind, act: () => Promise<CacheEpochRecord>): Promise<void> {
    const { dice, network } = this.#parts;
    for (;;) {
      try {
        await act();
        network.faults.fired(kind);
        return;
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        await this.#process.clock.sleep(dice.between(0, RETRY_MS_MAX));
      }
    }
  }
}
