/**
 * Faults by kind. They are drawn where a request or a process could meet them,
 * and counted only where they have affected one.
 */
import type { Dice } from "./dice.ts";

export const FAULT_KINDS = [
  /** A command reaches the cache after its deadline, and does not run. */
  "cache command past its deadline",
  /** A command never reaches the cache, and what follows on its connection does not either. */
  "cache command lost",
  /** A command runs, and its sender never learns it. */
  "cache reply lost",
  /** A command runs after its sender has given up, before its deadline. */
  "cache command late",
  /** A command takes up to its whole time. */
  "cache slow",
  /** The cache refuses a lease or a fill for lack of memory. */
  "cache full",
  /** One process cannot reach the cache for a while. */
  "cache partition",
  /** The cache loses everything. */
  "cache flushed",
  /** The cache comes back with the data that it had some time ago. */
  "cache restarted with old data",
  /** An entry is evicted: a clean copy or a lease, and, in runs where every publish is answered, a fence. */
  "eviction",
  /** A reader's lease is over before its fill. */
  "lease expiry",
  /** A put lands after its sender has given up. */
  "store put late",
  /** One process cannot reach the store for a while. */
  "store partition",
  /** A request never reaches the store. */
  "store request lost",
  /** A request runs, and its sender never learns it. */
  "store reply lost",
  /** The store refuses some items of a request. */
  "store throttled",
  /** A request takes up to its whole time. */
  "store slow",
  /** The client of the store sends a put again after a reply that was lost: it runs twice. */
  "store put resent",
  /** A process dies while it waits for a reply. A new one takes over its work. */
  "process crash",
  /** A process stands still, and then goes on with its old knowledge. */
  "process pause",
  /** A machine stands still with its monotonic clock; its wall clock is right when it goes on. */
  "machine suspended",
  /** A wall clock is set forward: wrongly, or right again. */
  "clock step forward",
  /** A wall clock is set back. */
  "clock step back",
  /** An operator switches the cache off, and on again. */
  "cache switched by hand",
  /** An operator gives the leases another length. */
  "lease length changed",
  /** Records are delivered again, after or while they are written. */
  "duplicate delivery",
  /** A caller's signal fires while its records are on their way. */
  "caller aborts",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Kind -> the probability that it strikes where it could; 0: it does not occur. */
export type FaultRates = Readonly<Record<FaultKind, number>>;

export type FaultCounts = Record<FaultKind, number>;

export function noFaults(): FaultCounts {
  return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as FaultCounts;
}

/** True for faults that keep no process from finishing its work. */
export function isHarmless(kind: FaultKind): boolean {
  return kind === "eviction" || kind === "duplicate delivery";
}

export class Faults {
  readonly counts: FaultCounts = noFaults();
  readonly #rates: FaultRates;
  readonly #dice: Dice;
  #left: number;
  /** Off while processes start for the first time, and once all work is done. */
  isOn = false;

  /** After `strikesMax` no fault strikes any more, so that every run ends. */
  constructor(rates: FaultRates, dice: Dice, strikesMax: number) {
    this.#rates = rates;
    this.#dice = dice;
    this.#left = strikesMax;
  }

  /** @param factor how much more likely it is here than elsewhere */
  strikes(kind: FaultKind, factor = 1): boolean {
    const rate = this.#rates[kind] * factor;
    if (rate === 0 || !this.isOn || this.#left === 0 || !this.#dice.chance(rate)) return false;
    if (!isHarmless(kind)) this.#left -= 1;
    return true;
  }

  /** A request or a process was affected. */
  fired(kind: FaultKind): void {
    this.counts[kind] += 1;
  }
}
