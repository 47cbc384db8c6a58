/**
 * Keeps what this process knows of the cache's epoch, and changes the record
 * when it is time to. It drives `protocol/cache-epoch-plan.ts`.
 *
 * | it meets                                       | and then                                            |
 * |------------------------------------------------|-----------------------------------------------------|
 * | a third of a lease is over                     | looks at the record, which renews the lease         |
 * | a command of this epoch says CACHE_LOST        | begins a new epoch at once, warm                    |
 * | no answer for the grace period                 | begins a new epoch that is off                      |
 * | the cache is off, not held, and answers again  | makes it warm                                       |
 * | the cache is warm, and every process fences    | makes it on                                         |
 * | the record is another cache's                  | changes nothing, and reports it (`cache-kinship.ts`) |
 * | the cache has the guard of a newer epoch       | begins epochs until it has passed it (`newer-guard.ts`) |
 *
 * The process that moves the record to a warm epoch sets the guard, and sets it
 * only once, even where it gets no answer. A crash between the two steps leaves
 * a warm epoch without a guard: every command of it answers CACHE_LOST, and
 * after one lease some process begins the next epoch.
 */
import { CoreError } from "../errors.ts";
import type { Cache, CacheSettleReply } from "../ports/cache.ts";
import type { CacheEpochAccess } from "../ports/cache-epoch-access.ts";
import type { Clock, TimeOfDay } from "../ports/clock.ts";
import { ErasureList } from "../erasure/erasure-list.ts";
import type { ErasureLog, ErasureState } from "../ports/erasures.ts";
import type { EmitEvent } from "../ports/events.ts";
import type { CacheEpochRecord, CacheEpochStore } from "../ports/store.ts";
import type { ErasurePlan } from "../protocol/erasure.ts";
import { type LeaseMoment, waitMsBetween } from "../protocol/elapsed.ts";
import type { CacheEpochKnowledge } from "../protocol/cache-epoch-knowledge.ts";
import { createCacheEpochPlan, type CacheEpochPlan } from "../protocol/cache-epoch-plan.ts";
import {
  type CacheHealth,
  isSameCacheEpoch,
  type LeaseTerms,
  type CacheEpoch,
  cacheEpochChanges,
  termsOfNextEpoch,
} from "../protocol/cache-epoch.ts";
import { CacheKinship } from "./cache-kinship.ts";
import { CachePatience, type NoAnswer } from "./cache-patience.ts";
import { ConfirmedTime } from "./confirmed-time.ts";
import { createElapsedTime, type ElapsedTime } from "./elapsed-time.ts";
import type { CacheEpochOptions } from "./cache-epoch-options.ts";
import { checkSubjectKey } from "./check-subject-key.ts";

export interface CacheEpochPorts {
  readonly cacheEpochs: CacheEpochStore;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly emit: EmitEvent;
  /**
   * The pauses of the background work go by this; default: the clock. A simulation must know which pauses nobody waits
   * for.
   */
  readonly background?: Pick<Clock, "sleep">;
  /** Default: the rules of production. The verification takes rules away. */
  readonly elapsedTime?: (clock: Clock) => ElapsedTime;
  /** Absent where nothing can be erased. */
  readonly erasures?: ErasureLog;
  /** Default: the rules of production. */
  readonly erasurePlan?: ErasurePlan;
}

const NO_LOG: ErasureLog = { readTail: () => Promise.resolve([]), readBlocks: () => Promise.resolve("replaced") };

/** There are several renewals in one lease, so that a slow one does not end it. */
const RENEWALS_PER_LEASE = 3;

export class CacheEpochKeeper implements CacheEpochAccess {
  readonly plan: CacheEpochPlan;
  readonly now: ElapsedTime;
  readonly erasures: ErasureList;
  readonly #time: ConfirmedTime;
  readonly #kinship: CacheKinship;
  readonly #ports: CacheEpochPorts;
  readonly #options: CacheEpochOptions;
  readonly #closing = new AbortController();
  #known: CacheEpochKnowledge | null = null;
  #record: CacheEpochRecord | null = null;
  #changing: Promise<void> | null = null;
  readonly #patience: CachePatience;
  /** The error of the last renewal; null where it succeeded. */
  #lookFailure: CoreError | null = null;
  #isClockConfirmed = true;
  /** The epoch that was last reported as another cache's. */
  #foreignEpoch: number | null = null;
  #tending: Promise<void> = Promise.resolve();

  /**
   * Begins the first epoch where there is none, and renews the lease until {@link close}.
   * @throws CoreError; CACHE_FOREIGN where the table's cache is in use and is another one
   */
  static async open(ports: CacheEpochPorts, options: CacheEpochOptions): Promise<CacheEpochKeeper> {
    const keeper = new CacheEpochKeeper(ports, options);
    await keeper.look();
    if (keeper.#known === null) await keeper.#change(() => keeper.#beginFirst());
    else await keeper.#refuseForeign();
    keeper.#tending = keeper.#tend();
    return keeper;
  }

  private constructor(ports: CacheEpochPorts, options: CacheEpochOptions) {
    this.#ports = ports;
    this.#options = options;
    this.plan = createCacheEpochPlan(options);
    this.erasures = new ErasureList(ports.erasures ?? NO_LOG, ports.erasurePlan);
    this.now = (ports.elapsedTime ?? createElapsedTime)(ports.clock);
    this.#kinship = new CacheKinship(options.cacheName);
    this.#patience = new CachePatience(options.graceMs);
    this.#time = new ConfirmedTime(ports.clock, options.clockDifferenceMsMax);
  }

  get known(): CacheEpochKnowledge | null {
    return this.#known;
  }

  /** The record as this process read or changed it last. */
  get record(): CacheEpochRecord | null {
    return this.#record;
  }

  /**
   * Null while this process can answer: within the last lease the store has confirmed the record and this process's
   * clock. Otherwise it is the reason why it cannot. The renewals in the background keep it up to date, so asking costs
   * nothing.
   */
  get hindrance(): CoreError | null {
    const known = this.#known;
    if (known === null || !this.plan.hasLease(known, this.now())) {
      return this.#lookFailure ?? new CoreError("STORE_UNAVAILABLE", "the store has not answered within a lease");
    }
    const time = this.#time.read();
    return time.kind === "confirmed" ? null : time.error;
  }

  timeOfDay(): TimeOfDay {
    return this.#time.read();
  }

  async look(): Promise<void> {
    const sentAt = this.now().lease;
    const sentMs = this.#ports.clock.monotonicMs();
    const lastKnown = this.erasures.last;
    const { record, serverTimeMs, erasures } = await this.#ports.cacheEpochs.readCacheEpoch();
    this.#time.confirm(serverTimeMs, sentMs);
    this.#reportClock();
    // The lease is renewed only when everything is known that could be in force by its end.
    await this.#followErasures(erasures, lastKnown);
    this.#lookFailure = null;
    if (record !== null) this.#learn(record, sentAt);
  }

  async wait(ms: number): Promise<void> {
    await this.#ports.clock.sleep(ms, this.#closing.signal).catch(() => undefined);
  }

  cacheAnswered(): void {
    this.#patience.answered();
  }

  async cacheFailed(error: CoreError, epoch: number): Promise<void> {
    const known = this.#known;
    if (known === null || known.cacheEpoch.epoch !== epoch) return;
    if (error.code === "CACHE_LOST") await this.#meetLoss(known, error.message);
    else if (error.code === "CACHE_UNAVAILABLE") await this.#meetNoAnswer(known, "silence", error.message);
    else if (error.code === "CACHE_SLOW") await this.#meetNoAnswer(known, "slowness", error.message);
  }

  /** Ends the background work. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#tending;
  }

  async #followErasures(state: ErasureState | undefined, lastKnown: number): Promise<void> {
    if ((state?.last ?? 0) < lastKnown) {
      const problem = `the table's list of erasures ends with ${state?.last ?? 0}, and this process knows ${lastKnown}`;
      const remedy = "was the table restored? `trilane erase restore` brings the list back";
      throw new CoreError("ERASURES_LOST", `${problem}: ${remedy}`);
    }
    if (state === undefined) return;
    checkSubjectKey(state, this.#options);
    await this.erasures.follow(state);
  }

  #learn(record: CacheEpochRecord, sentAt: LeaseMoment): void {
    const before = this.#known;
    const { epoch, mode, leaseMs, waitMs, reason, by } = record;
    const terms: LeaseTerms = { leaseMs, waitMs };
    this.#known = this.plan.learn(before, { cacheEpoch: { epoch, mode }, terms, sentAt, receivedAt: this.now().wait });
    if (!isSameCacheEpoch(this.#known.cacheEpoch, record)) return;
    this.#record = record;
    if (before !== null && isSameCacheEpoch(before.cacheEpoch, record)) return;
    // The commands without an answer belong to an earlier cache epoch.
    this.#patience.forget();
    const configuredLeaseMs = this.#options.leaseMs;
    this.#ports.emit({ type: "cache-epoch-learned", epoch, mode, leaseMs, configuredLeaseMs, reason, by });
  }

  /** Reports when the time of day is no longer confirmed, and when it is confirmed again. */
  #reportClock(): void {
    const time = this.#time.read();
    const isConfirmed = time.kind === "confirmed";
    if (isConfirmed === this.#isClockConfirmed) return;
    this.#isClockConfirmed = isConfirmed;
    this.#ports.emit({ type: "clock", error: isConfirmed ? null : time.error });
  }

  /** A young warm epoch may not have its guard yet, which is no loss. */
  async #meetLoss({ cacheEpoch, terms, learnedAt }: CacheEpochKnowledge, reason: string): Promise<void> {
    if (cacheEpoch.mode === "off") return;
    const isYoung = cacheEpoch.mode === "warm" && waitMsBetween(learnedAt, this.now().wait) <= terms.leaseMs;
    if (!isYoung && this.#isOwn()) return this.#trip(cacheEpoch, "answers", reason);
    if (!isYoung) this.#reportForeign();
    await this.wait(this.#options.probeMs);
    await this.look();
  }

  /** Whether this process may change the record. */
  #isOwn(): boolean {
    return this.#record === null || !this.#kinship.isOther(this.#record);
  }

  #reportForeign(): void {
    const record = this.#record;
    if (record === null || record.epoch === this.#foreignEpoch) return;
    this.#foreignEpoch = record.epoch;
    this.#ports.emit({ type: "foreign-cache", mode: record.mode, error: this.#kinship.errorOf(record) });
  }

  /**
   * Looks for the guard. In an epoch that has just begun the guard may come a little later. @throws CoreError
   * CACHE_FOREIGN
   */
  async #refuseForeign(): Promise<void> {
    while (!this.#isOwn() && this.#record !== null && this.#record.mode !== "off") {
      const { epoch, mode, leaseMs } = this.#record;
      const checked = await this.#checkGuard(epoch);
      // Without an answer nothing is known. The process may start, and changes nothing until it has seen the guard.
      if (checked.kind === "settled" || checked.error.code !== "CACHE_LOST") return;
      const knownForMs = this.#known === null ? 0 : waitMsBetween(this.#known.learnedAt, this.now().wait);
      if (mode === "on" || knownForMs > leaseMs) throw this.#kinship.errorOf(this.#record);
      await this.wait(this.#options.probeMs);
      await this.look();
    }
  }

  async #checkGuard(epoch: number): Promise<CacheSettleReply> {
    const checked = await this.#ports.cache.check(epoch);
    if (checked.kind === "settled") this.#kinship.sawGuard(epoch);
    return checked;
  }

  async #meetNoAnswer({ cacheEpoch }: CacheEpochKnowledge, kind: NoAnswer, reason: string): Promise<void> {
    const isOver = this.#patience.isOverAfter(kind, this.now().wait);
    if (cacheEpoch.mode === "off" || !isOver || !this.#isOwn()) return;
    this.#patience.gaveUp();
    await this.#trip(cacheEpoch, "silent", reason);
  }

  #trip(from: CacheEpoch, health: CacheHealth, reason: string): Promise<void> {
    return this.#change(() => this.#put(from, cacheEpochChanges.trip(from, health), reason));
  }

  /** This process makes one change at a time. A second change waits for the first, and is then left out. */
  async #change(change: () => Promise<void>): Promise<void> {
    this.#changing ??= change().finally(() => {
      this.#changing = null;
    });
    await this.#changing;
  }

  /** Afterwards `known` is what holds, even where another process changed the record first. */
  async #put(from: CacheEpoch | null, to: CacheEpoch, reason: string): Promise<void> {
    const started = this.now();
    // The answer to a put tells nothing of erasures, so it renews no lease. Before the first record there are none.
    const leaseFrom = this.#known?.sentAt ?? started.lease;
    const record: CacheEpochRecord = {
      ...to,
      ...this.#termsOf(to),
      reason,
      by: this.#options.process,
      changedAtMs: this.#ports.clock.nowMs(),
      cacheName: this.#options.cacheName ?? this.#record?.cacheName ?? null,
      isHeld: false,
    };
    if (!(await this.#ports.cacheEpochs.changeCacheEpoch(from, record))) return this.look();
    this.#learn(record, leaseFrom);
    if (to.mode === "warm") await this.#beginEpoch(to);
    const durationMs = waitMsBetween(started.wait, this.now().wait);
    this.#ports.emit({ type: "cache-epoch-changed", from, to, reason, by: record.by, durationMs });
  }

  /** The terms of the epoch; those of a new epoch follow from the record that it replaces. */
  #termsOf({ epoch }: CacheEpoch): LeaseTerms {
    const record = this.#record;
    if (record === null) return termsOfNextEpoch(null, this.#options.leaseMs);
    if (record.epoch !== epoch) return termsOfNextEpoch(record, record.leaseMs);
    return { leaseMs: record.leaseMs, waitMs: record.waitMs };
  }

  async #beginEpoch(cacheEpoch: CacheEpoch): Promise<void> {
    const begun = await this.#ports.cache.begin(cacheEpoch.epoch);
    if (begun.kind === "settled") this.#kinship.sawGuard(cacheEpoch.epoch);
    else if (begun.error.code === "CACHE_EPOCH_TAKEN") await this.#passGuard(cacheEpoch);
  }

  /** `newer-guard.ts` says why. */
  async #passGuard(cacheEpoch: CacheEpoch): Promise<void> {
    const reason = "the cache has a newer guard than the table's record: was the table restored?";
    await this.#put(cacheEpoch, cacheEpochChanges.trip(cacheEpoch, "answers"), reason);
  }

  /** No lease on an earlier record can exist, so there is nothing to wait for in warm. */
  async #beginFirst(): Promise<void> {
    const reason = "the first epoch";
    const probed = await this.#ports.cache.probe();
    const first = cacheEpochChanges.trip(null, probed.kind === "settled" ? "answers" : "silent");
    await this.#put(null, first, reason);
    // Where the cache had a newer guard, other epochs followed the first one.
    const isMine = this.#known !== null && isSameCacheEpoch(this.#known.cacheEpoch, first) && this.#isByMe();
    if (!isMine || first.mode !== "warm") return;
    const on = cacheEpochChanges.turnOn(first);
    const isGuarded = (await this.#ports.cache.check(first.epoch)).kind === "settled";
    if (on !== null && isGuarded) await this.#put(first, on, reason);
  }

  #isByMe(): boolean {
    return this.#record?.by === this.#options.process;
  }

  async #tend(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const renewalMs = (this.#known?.terms.leaseMs ?? this.#options.leaseMs) / RENEWALS_PER_LEASE;
      const isOn = this.#known?.cacheEpoch.mode === "on";
      await this.#rest(isOn ? renewalMs : Math.min(this.#options.probeMs, renewalMs));
      if (this.#closing.signal.aborted) return;
      try {
        await this.#tendOnce();
      } catch (error) {
        // The store does not answer. The lease ends by itself, and the next round looks again.
        if (!(error instanceof CoreError)) throw error;
        this.#lookFailure = error;
        this.#ports.emit({ type: "port-failed", port: "store", step: "cache-epoch", error });
      }
    }
  }

  async #rest(ms: number): Promise<void> {
    const { background, clock } = this.#ports;
    await (background ?? clock).sleep(ms, this.#closing.signal).catch(() => undefined);
  }

  async #tendOnce(): Promise<void> {
    await this.look();
    const known = this.#known;
    if (known === null) return;
    const { epoch, mode } = known.cacheEpoch;
    if (mode === "on" && !this.#isOwn()) await this.#meetForeign(epoch);
    else if (mode === "off" && this.#record?.isHeld === false) await this.#warmUp(known.cacheEpoch);
    else if (mode === "warm") await this.#turnOn(known);
  }

  /** Decides whether this is the same cache under another name, or another cache. */
  async #meetForeign(epoch: number): Promise<void> {
    const checked = await this.#checkGuard(epoch);
    if (checked.kind === "failed") await this.cacheFailed(checked.error, epoch);
  }

  async #warmUp(from: CacheEpoch): Promise<void> {
    if (!this.#isOwn()) return this.#reportForeign();
    const probed = await this.#ports.cache.probe();
    const to = cacheEpochChanges.warmUp(from);
    if (probed.kind === "failed" || to === null) return;
    this.cacheAnswered();
    await this.#change(() => this.#put(from, to, "the cache answers again"));
  }

  async #turnOn(known: CacheEpochKnowledge): Promise<void> {
    const { epoch } = known.cacheEpoch;
    const checked = await this.#checkGuard(epoch);
    if (checked.kind === "failed") return this.cacheFailed(checked.error, epoch);
    this.cacheAnswered();
    const decision = this.plan.beforeTurnOn(known, this.now());
    if (decision.next === "put")
      await this.#change(() => this.#put(known.cacheEpoch, decision.cacheEpoch, "every process fences"));
  }
}
