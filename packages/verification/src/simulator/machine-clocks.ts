/**
 * The two clocks of one simulated machine, and the real time beside them.
 *
 * The monotonic clock runs at a rate of its own, and stands still while the
 * machine is suspended. The wall clock runs all the time: it is ahead by a
 * constant, moves around that as a clock does that a time server slews in both
 * directions, and is set by steps. No rate differs from real time by more than
 * {@link RATE_DIFFERENCE_MAX}, so no two rates differ by more than the two per
 * cent that the cache epochs allow.
 *
 * A machine that was suspended must read its clocks before its wall clock is
 * set back; otherwise nothing on it shows that time has passed. The same is
 * assumed of real machines (docs/cache-epochs.md). `mayBeSet` and `maySuspend`
 * say when these are allowed.
 */
import type { EventQueue } from "./event-queue.ts";

/** Midnight of 2026 in UTC, when virtual time begins. */
const ORIGIN_MS = Date.UTC(2026, 0, 1);
const US_PER_MS = 1_000;

/** 1.0099 / 0.9901 is 1.02. */
export const RATE_DIFFERENCE_MAX = 0.0099;
const SET_RIGHT_AFTER_US = 5_000_000;
/** The wall clock's rate changes its sign this often. */
const WANDER_PERIOD_US = 20_000_000;

export interface ClockTraits {
  /** The rate of the monotonic clock: seconds for each second of real time. */
  readonly rate: number;
  /** How far the wall clock is ahead. */
  readonly skewMs: number;
  /** By how much its rate differs from real time, in one direction and the other by turns. */
  readonly wander: number;
  /** Its position in the first turn. */
  readonly wanderPhaseUs: number;
  /** The wall clock stands still too while the machine is suspended, which is outside of the claim. */
  readonly stopsWallClock: boolean;
  /** Nobody sets it, and the machine is not suspended, because perhaps nobody reads it. */
  readonly isLeftAlone: boolean;
}

export const RIGHT_CLOCKS: ClockTraits = {
  rate: 1,
  skewMs: 0,
  wander: 0,
  wanderPhaseUs: 0,
  stopsWallClock: false,
  isLeftAlone: true,
};

/** Real time in milliseconds since 1970, whatever any clock says. */
export function realMs(queue: Pick<EventQueue, "nowUs">): number {
  return ORIGIN_MS + Math.floor(queue.nowUs / US_PER_MS);
}

interface Suspension {
  readonly fromUs: number;
  readonly untilUs: number;
}

type Change = "step forward" | "step back" | "resumed";

export class MachineClocks {
  readonly #queue: EventQueue;
  readonly #traits: ClockTraits;
  readonly #unread = new Set<Change>();
  #steppedMs = 0;
  /** The time spent in past suspensions. */
  #suspendedUs = 0;
  #suspension: Suspension | null = null;

  constructor(queue: EventQueue, traits: ClockTraits) {
    this.#queue = queue;
    this.#traits = traits;
  }

  wallMs(): number {
    const { skewMs, stopsWallClock } = this.#traits;
    const lostUs = stopsWallClock ? this.#lostByWallClockUs() : 0;
    const sinceStartUs = this.#queue.nowUs + this.#wanderUs() - lostUs;
    return ORIGIN_MS + skewMs + this.#steppedMs + Math.floor(sinceStartUs / US_PER_MS);
  }

  monotonicMs(): number {
    return ((this.#queue.nowUs - this.#standsStillUs()) * this.#traits.rate) / US_PER_MS;
  }

  /**
   * The virtual microsecond at which the monotonic clock will show that `ms` have passed from now, by present
   * knowledge.
   */
  usAfter(ms: number): number {
    const { nowUs } = this.#queue;
    const runsFromUs = Math.max(nowUs, this.#suspension?.untilUs ?? 0);
    return Math.ceil(runsFromUs + (ms * US_PER_MS) / this.#traits.rate);
  }

  get isLeftAlone(): boolean {
    return this.#traits.isLeftAlone;
  }

  /** False while a step could hide a suspension. */
  get mayBeSet(): boolean {
    return !this.#isSuspended && !this.#unread.has("resumed");
  }

  get maySuspend(): boolean {
    return !this.isLeftAlone && !this.#isSuspended && !this.#unread.has("step back");
  }

  step(ms: number): void {
    this.#steppedMs += ms;
    this.#unread.add(ms > 0 ? "step forward" : "step back");
  }

  suspend(untilUs: number): void {
    this.#suspendedUs = this.#standsStillUs();
    this.#suspension = { fromUs: this.#queue.nowUs, untilUs };
    this.#unread.add("resumed");
  }

  /** The process reads both clocks; returns what it could see for the first time. */
  read(): readonly Change[] {
    if (this.#unread.size === 0) return NOTHING;
    const seen = [...this.#unread];
    this.#unread.clear();
    return seen;
  }

  get #isSuspended(): boolean {
    return this.#suspension !== null && this.#queue.nowUs < this.#suspension.untilUs;
  }

  #standsStillUs(): number {
    if (this.#suspension === null) return this.#suspendedUs;
    const { fromUs, untilUs } = this.#suspension;
    return this.#suspendedUs + Math.min(this.#queue.nowUs, untilUs) - fromUs;
  }

  /** A wall clock that also stood still is set right some time later. */
  #lostByWallClockUs(): number {
    if (this.#suspension === null) return 0;
    const { fromUs, untilUs } = this.#suspension;
    const { nowUs } = this.#queue;
    return nowUs < untilUs + SET_RIGHT_AFTER_US ? Math.min(nowUs, untilUs) - fromUs : 0;
  }

  #wanderUs(): number {
    const { wander, wanderPhaseUs } = this.#traits;
    const half = WANDER_PERIOD_US / 2;
    const place = (this.#queue.nowUs + wanderPhaseUs) % WANDER_PERIOD_US;
    return wander * (half - Math.abs(place - half));
  }
}

const NOTHING: readonly Change[] = [];
