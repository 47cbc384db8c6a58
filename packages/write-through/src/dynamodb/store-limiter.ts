/**
 * Decides how many calls of the store are under way at once. The window adapts
 * to what the store can take: additive increase and multiplicative decrease.
 *
 * - A call that was served soon widens the window by its share (one call for
 *   each window of calls), if the window was in use. A call that was served
 *   late leaves the window as it is: with more calls, some would soon exceed
 *   their time.
 * - A call that was throttled, or had no answer in time, halves the window. All
 *   calls that were sent before the last halving count as one.
 * - At the narrowest window an overload makes a pause, which doubles each time.
 *   Calls that waited behind it are refused unsent: each would meet the same
 *   overload. The next call after the pause finds out whether the store serves
 *   again.
 *
 * A call that waits has not been sent, so the time limit of its request has not
 * begun.
 *
 * Of the calls with several records one begins in a turn of the event loop.
 * Each takes milliseconds to encode and sign, and all that the window allows
 * would keep heartbeats and other callers waiting.
 */
import pLimit, { type LimitFunction } from "p-limit";
import { type Backoff, equalJitterMs } from "../backoff.ts";
import { CoreError } from "../errors.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { EmitEvent } from "../ports/events.ts";
import { isOverload } from "./store-errors.ts";

export interface StoreLimits {
  readonly callsMin: number;
  readonly callsMax: number;
  readonly callsAtStart: number;
  /** Milliseconds after which a served call counts as late: well below the request's timeout. */
  readonly lateMs: number;
  readonly pauseMsMin: number;
  readonly pauseMsMax: number;
}

export const storeLimitsDefaults: StoreLimits = {
  callsMin: 1,
  callsMax: 32,
  callsAtStart: 8,
  lateMs: 1_000,
  pauseMsMin: 50,
  pauseMsMax: 2_000,
};

export interface StoreLimiterPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly emit: EmitEvent;
}

export interface StoreFailure {
  readonly kind: "failed";
  readonly error: CoreError;
}

const DECREASE = 0.5;

export class StoreLimiter {
  readonly #limits: StoreLimits;
  readonly #ports: StoreLimiterPorts;
  readonly #limit: LimitFunction;
  #window: number;
  #decreases = 0;
  #refusals = 0;
  /** The number of pauses since a call was last served. */
  #pauses = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #hasTurnCall = false;
  readonly #waitingForTurn: (() => void)[] = [];

  constructor(ports: StoreLimiterPorts, limits: StoreLimits = storeLimitsDefaults) {
    this.#ports = ports;
    this.#limits = limits;
    this.#window = limits.callsAtStart;
    this.#limit = pLimit(this.calls);
  }

  /** The number of calls that may be under way now. */
  get calls(): number {
    return Math.floor(this.#window);
  }

  /**
   * Sends `call` when it is its turn, and returns its replies; returns `size` failures where it was not sent. `call`
   * must not reject.
   */
  run<Reply extends { readonly kind: string }>(
    size: number,
    call: () => Promise<readonly Reply[]>,
  ): Promise<readonly (Reply | StoreFailure)[]> {
    const refusals = this.#refusals;
    return this.#limit(async () => {
      if (refusals !== this.#refusals) return new Array<StoreFailure>(size).fill(refused());
      await this.#pauseEnd();
      if (size > 1) await this.#turn();
      const { clock } = this.#ports;
      const sent = { decreases: this.#decreases, atMs: clock.monotonicMs() };
      const replies = await call();
      const failures = replies.flatMap((reply) => (isFailure(reply) ? [reply] : []));
      if (failures.some(({ error }) => isOverload(error))) this.#overloaded(sent.decreases);
      else if (failures.length === 0) this.#served(clock.monotonicMs() - sent.atMs);
      return replies;
    });
  }

  #served(durationMs: number): void {
    this.#pauses = 0;
    const isInUse = this.#limit.activeCount >= this.calls;
    if (isInUse && durationMs < this.#limits.lateMs) this.#resize(this.#window + 1 / this.#window);
  }

  #overloaded(decreasesWhenSent: number): void {
    if (decreasesWhenSent !== this.#decreases) return;
    this.#decreases += 1;
    if (this.calls > this.#limits.callsMin) return this.#resize(this.#window * DECREASE);
    this.#refusals += 1;
    const { clock, random } = this.#ports;
    const pause: Backoff = { baseMs: this.#limits.pauseMsMin, maxMs: this.#limits.pauseMsMax };
    this.#pausedUntilMs = clock.monotonicMs() + equalJitterMs(pause, this.#pauses, random);
    this.#pauses += 1;
  }

  #resize(window: number): void {
    const from = this.calls;
    this.#window = Math.min(this.#limits.callsMax, Math.max(this.#limits.callsMin, window));
    if (this.calls === from) return;
    this.#limit.concurrency = this.calls;
    this.#ports.emit({ type: "store-window", from, calls: this.calls });
  }

  /** Resolves at once where no other call has begun in this turn of the event loop. */
  async #turn(): Promise<void> {
    if (this.#hasTurnCall) return new Promise((resolve) => this.#waitingForTurn.push(resolve));
    this.#hasTurnCall = true;
    this.#ports.clock.schedule(0, () => this.#nextTurn());
  }

  #nextTurn(): void {
    const begin = this.#waitingForTurn.shift();
    this.#hasTurnCall = begin !== undefined;
    if (begin === undefined) return;
    begin();
    this.#ports.clock.schedule(0, () => this.#nextTurn());
  }

  async #pauseEnd(): Promise<void> {
    const { clock } = this.#ports;
    const leftMs = this.#pausedUntilMs - clock.monotonicMs();
    if (leftMs > 0) await clock.sleep(leftMs);
  }
}

function isFailure(reply: { readonly kind: string }): reply is StoreFailure {
  return reply.kind === "failed";
}

function refused(): StoreFailure {
  const message = "store: not sent: the store throttles or does not answer, and calls before this one found out";
  return { kind: "failed", error: new CoreError("STORE_THROTTLED", message) };
}
