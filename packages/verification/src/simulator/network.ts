/**
 * The network between processes and servers: travel times, the end of a call,
 * and the faults of the process that waits for it.
 *
 * A call is one or more parts, which arrive, execute and reply at times of
 * their own. It resolves in its process when each part has an outcome: a reply,
 * or the failure that its client reports after a timeout or a broken
 * connection.
 */
import type { StorePut } from "@trilane/write-through";
import type { ClockConfiguration } from "./clock-configuration.ts";
import { AT_CACHE_EPOCH_CHANGE, strikeClock, strikeClockAtCacheEpochChange } from "./clock-faults.ts";
import type { NetworkConfiguration } from "./configuration.ts";
import type { Dice } from "./dice.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Faults } from "./faults.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

export interface Network {
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly configuration: NetworkConfiguration;
  readonly clocks: ClockConfiguration;
  /** No fault keeps a publish from being answered. */
  readonly answersPublish: boolean;
  /** A request of a process has executed: for the fingerprint, and for readers that want these keys now. */
  readonly onStep: (step: string, process: SimulatedProcess, keys: readonly string[]) => void;
  /** Kills the process and has its work taken over; false where it cannot die. */
  readonly crash: (process: SimulatedProcess) => boolean;
  /** The process stands still, and another may get its work meanwhile. */
  readonly onPause: (process: SimulatedProcess) => void;
  /** The process goes on, with its old knowledge. */
  readonly onResume: (process: SimulatedProcess) => void;
  /** A put has landed. */
  readonly onStored: (put: StorePut) => void;
  /** The cache epoch record has changed, and the clocks' faults matter most in the lease that follows. */
  readonly onCacheEpochChange: () => void;
}

const PAUSE_MS_MIN = 1;
const PAUSE_MS_MAX = 20_000;
const AT_PARTITIONED_CHANGE = 250;
const PARTITION_MS_MIN = 300;
const PARTITION_MS_MAX = 4_000;

export interface CallOptions<Reply> {
  readonly process: SimulatedProcess;
  readonly parts: number;
  /** From then on the client reports a failure instead of a part's reply, if it sees its timer first. */
  readonly timeoutUs: number;
  /** The failures for the items of a part. */
  readonly fail: (part: number) => readonly Reply[];
  readonly resolve: (replies: readonly Reply[]) => void;
}

/** Collects the outcomes of a call's parts. */
export class Call<Reply> {
  readonly #network: Network;
  readonly #options: CallOptions<Reply>;
  readonly #outcomes: (readonly Reply[])[];
  #left: number;

  constructor(network: Network, options: CallOptions<Reply>) {
    this.#network = network;
    this.#options = options;
    this.#left = options.parts;
    this.#outcomes = new Array<readonly Reply[]>(options.parts);
  }

  reply(part: number, replies: readonly Reply[], atUs: number): void {
    const isInTime = atUs <= this.#options.timeoutUs;
    const outcome = isInTime ? replies : this.#options.fail(part);
    this.#settle(part, outcome, Math.min(atUs, this.#options.timeoutUs));
  }

  fail(part: number, atUs: number): void {
    this.#settle(part, this.#options.fail(part), atUs);
  }

  #settle(part: number, outcome: readonly Reply[], atUs: number): void {
    this.#network.queue.at(atUs, () => {
      this.#outcomes[part] = outcome;
      this.#left -= 1;
      if (this.#left === 0) this.#finish();
    });
  }

  #finish(): void {
    const { queue } = this.#network;
    const { process, timeoutUs, resolve, fail, parts } = this.#options;
    strikeProcess(this.#network, process);
    process.deliver("reply", () => {
      const isTooLate = process.seesTimersFirst && queue.nowUs > timeoutUs;
      const outcomes = isTooLate ? Array.from({ length: parts }, (_, part) => fail(part)) : this.#outcomes;
      resolve(outcomes.length === 1 ? (outcomes[0] ?? []) : outcomes.flat());
    });
  }
}

/** A process dies or stops while it waits for a reply, so between any two of its steps. */
function strikeProcess(network: Network, process: SimulatedProcess): void {
  const { dice, faults } = network;
  if (!process.isRunning) return;
  strikeClock(network, process);
  if (faults.strikes("store partition")) cutOffFromStore(network, process);
  if (faults.strikes("process crash")) {
    if (network.crash(process)) faults.fired("process crash");
  } else if (faults.strikes("process pause")) {
    stop(network, process, "process pause");
    process.seesTimersFirst = dice.chance(0.5);
  } else if (process.clocks.maySuspend && faults.strikes("machine suspended")) suspend(network, process);
}

/**
 * Makes it hard to tell the new cache epoch from the old one: the clocks of a process are set or stand still while it
 * waits, or while it relies on the old one; and a reader does not hear of the change while writers go on.
 */
export function strikeAtCacheEpochChange(network: Network, process: SimulatedProcess, isReader: boolean): void {
  const { faults } = network;
  if (!process.isRunning) return;
  strikeClockAtCacheEpochChange(network, process);
  if (isReader && faults.strikes("store partition", AT_PARTITIONED_CHANGE)) cutOffFromStore(network, process);
  if (process.clocks.maySuspend && faults.strikes("machine suspended", AT_CACHE_EPOCH_CHANGE))
    suspend(network, process);
}

function cutOffFromStore({ queue, dice }: Network, process: SimulatedProcess): void {
  process.cutOffFromStoreUntilUs = queue.nowUs + dice.logBetween(PARTITION_MS_MIN, PARTITION_MS_MAX) * 1_000;
}

function suspend(network: Network, process: SimulatedProcess): void {
  process.clocks.suspend(stop(network, process, "machine suspended"));
  // Its timers have stood still.
  process.seesTimersFirst = false;
}

/** Returns the moment when the process goes on. */
function stop(network: Network, process: SimulatedProcess, kind: "process pause" | "machine suspended"): number {
  const { queue, dice, faults } = network;
  const untilUs = Math.ceil(queue.nowUs + dice.logBetween(PAUSE_MS_MIN, PAUSE_MS_MAX) * 1_000);
  process.pause();
  queue.at(untilUs, () => {
    if (process.resume() > 0) faults.fired(kind);
    network.onResume(process);
  });
  network.onPause(process);
  return untilUs;
}

const SLOW_SHARE = 0.15;
const SLOWNESS_MAX = 20;
/** Both ways together take less than the client waits. A longer travel is a fault, and is counted. */
const TIMEOUT_PARTS = 3;

export interface TravelOptions {
  readonly usMin: number;
  readonly usMax: number;
  readonly timeoutMs: number;
}

/** Microseconds, mostly within the limits and sometimes much more, so that requests overtake each other. */
export function travelUs({ dice, faults }: Network, { usMin, usMax, timeoutMs }: TravelOptions): number {
  const usualUs = dice.between(usMin, usMax);
  if (!faults.isOn || !dice.chance(SLOW_SHARE)) return usualUs;
  return Math.min(usualUs * dice.between(1, SLOWNESS_MAX), (timeoutMs * 1_000) / TIMEOUT_PARTS);
}
