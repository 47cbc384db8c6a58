/**
 * The configuration of one run, drawn from its seed. Each seed has other faults
 * at other rates, other sizes and other limits, because settings that are the
 * same everywhere miss faults that show only at the edges ("swarm testing").
 */
import {
  type CacheLifetime,
  type CoalescerLimits,
  cacheLifetimeDefaults,
  type Lane,
  type Populate,
  type CacheEpochOptions,
  cacheEpochOptionsDefaults,
  type RetryPolicy,
  retryDefaults,
} from "@trilane/write-through";
import { type ClockConfiguration, drawClocks, LEASE_LENGTHS_MS } from "./clock-configuration.ts";
import { Dice } from "./dice.ts";
import { FAULT_KINDS, type FaultKind, type FaultRates, isHarmless, noFaults } from "./faults.ts";

export interface LaneConfiguration {
  readonly processes: number;
  /** The number of units, partitions or jobs that all processes together work on at once. */
  readonly sequences: number;
  readonly recordsMin: number;
  readonly recordsMax: number;
  readonly populate: Populate;
  /** The maximum of milliseconds between the end of a delivery and the next one of its sequence. */
  readonly idleMsMax: number;
  /** The share of all operations after which the lane has no more records; the on-demand lane has none. */
  readonly shareMax: number;
  readonly deleteShare: number;
  /** The maximum of milliseconds by which an event time lies before its delivery. */
  readonly lateMsMax: number;
}

export interface NetworkConfiguration {
  /** The maximum of microseconds that a request or a reply travels. */
  readonly cacheTravelUsMax: number;
  readonly storeTravelUsMax: number;
  readonly cacheTimeoutMs: number;
  /**
   * Milliseconds after sending after which a command no longer runs, by the server's clock. It is more than the
   * timeout.
   */
  readonly commandBudgetMs: number;
  readonly storeTimeoutMs: number;
  readonly keysPerScript: number;
  readonly keysPerGet: number;
  readonly putsPerGroup: number;
  readonly readsPerGroup: number;
  /** The maximum of moments at which the items of one group execute. */
  readonly momentsMax: number;
}

export interface Configuration {
  readonly seed: number;
  readonly operations: number;
  readonly keys: number;
  /** The exponent of the keys' popularity: 0 is uniform. */
  readonly skew: number;
  readonly lanes: Readonly<Record<Lane, LaneConfiguration>>;
  readonly readerProcesses: number;
  /** The average number of reads that begin at each step of a writer. */
  readonly readsPerStep: number;
  /** The probability that a read is followed by another of the same key, by another process. */
  readonly rereadShare: number;
  readonly keysPerRead: number;
  readonly network: NetworkConfiguration;
  readonly limits: Partial<CoalescerLimits>;
  readonly lifetime: CacheLifetime;
  readonly leaseMs: number;
  readonly retry: RetryPolicy;
  /** The share of records that expire within seconds of virtual time. */
  readonly shortLivedShare: number;
  readonly clocks: ClockConfiguration;
  /**
   * Fences are evicted too, and every publish is answered. The protocol claims one of the two: a fence may be lost
   * where no write is acknowledged without the cache, or a publish may stay unanswered where no fence is lost.
   */
  readonly losesFences: boolean;
  /**
   * Whether the cache may be switched off and a new epoch may begin. If so, no process answers or acknowledges without
   * the cache; otherwise the residuals of docs/cache-epochs.md would be found. If not, processes go on with the store,
   * and the cache is not lost.
   */
  readonly cacheEpoch: CacheEpochOptions;
  /** The lengths of leases that processes are configured with, and that operators choose from. */
  readonly leaseLengthsMs: readonly [number, ...number[]];
  readonly rates: FaultRates;
  readonly strikesMax: number;
}

/** The probability that a kind of fault occurs in a seed at all. */
const KIND_SHARE = 0.4;
const RATE_MIN = 0.002;
const RATE_MAX = 0.08;
/** Few keys cause contention, many make whole batches. */
const KEYS_MAX = [5, 50, 200] as const;
/** These kinds fail no call, so there may be many of them. */
const HARMLESS_RATE_MIN = 0.02;
const HARMLESS_RATE_MAX = 0.4;
const LOSES_FENCES_SHARE = 0.4;
const CHANGES_CACHE_EPOCH_SHARE = 0.5;
const LOSS_RARITY = 8;
const BY_HAND_RARITY = 8;
const STEP_RARITY = 3;
/** The maximum of strikes in a run, for each operation. */
const STRIKES_SHARE = 0.3;
const DAY_MS = 86_400_000;
/** The maximum time that copies with a short life live. */
export const SHORT_TTL_MS_MAX = 200;

export function drawConfiguration(seed: number, operations: number): Configuration {
  const dice = new Dice(seed, "configuration");
  const losesFences = dice.chance(LOSES_FENCES_SHARE);
  const changesCacheEpoch = dice.chance(CHANGES_CACHE_EPOCH_SHARE);
  const rates = drawRates(dice, { losesFences, changesCacheEpoch });
  return {
    seed,
    operations,
    keys: Math.round(dice.logBetween(1, dice.pick(KEYS_MAX))),
    skew: dice.pick([0, 0.8, 1.2, 1.6]),
    lanes: drawLanes(dice),
    readerProcesses: dice.whole(2, 3),
    readsPerStep: dice.logBetween(0.2, 2),
    rereadShare: dice.between(0, 0.6),
    keysPerRead: dice.pick([1, 1, 3, 20]),
    network: drawNetwork(dice),
    limits: drawLimits(dice),
    lifetime: drawLifetime(dice),
    leaseMs: rates["lease expiry"] > 0 ? dice.pick([3, 20, 100]) : 5_000,
    retry: dice.pick([retryDefaults, retryDefaults, { attemptsMax: 3, baseMs: 1, maxMs: 20 }, NO_RETRY]),
    shortLivedShare: dice.pick([0, 0, 0.05, 0.3]),
    clocks: drawClocks(dice),
    losesFences,
    cacheEpoch: drawCacheEpoch(dice, { losesFences, changesCacheEpoch }),
    leaseLengthsMs: dice.pick([[300], [1_000], [3_000], LEASE_LENGTHS_MS]),
    rates,
    strikesMax: 20 + Math.round(operations * STRIKES_SHARE),
  };
}

const NO_RETRY: RetryPolicy = { attemptsMax: 1, baseMs: 1, maxMs: 1 };

interface Claim {
  readonly losesFences: boolean;
  readonly changesCacheEpoch: boolean;
}

function drawCacheEpoch(dice: Dice, { losesFences, changesCacheEpoch }: Claim): CacheEpochOptions {
  const shared = { ...cacheEpochOptionsDefaults, probeMs: dice.pick([500, 100]) };
  if (changesCacheEpoch) return { ...shared, graceMs: dice.pick([1_500, 200, 0]), whenCacheUnreachable: "fail" };
  return { ...shared, graceMs: NEVER_MS, whenCacheUnreachable: losesFences ? "fail" : "read-store" };
}

/** Longer than any run. */
const NEVER_MS = 1e12;

function drawRates(dice: Dice, { losesFences, changesCacheEpoch }: Claim): FaultRates {
  const isCalm = dice.chance(0.05);
  const rateOf = (kind: FaultKind): number => {
    const isSure = kind === "eviction" && losesFences;
    if (!isSure && (isCalm || !dice.chance(KIND_SHARE))) return 0;
    // The expiry of a lease is not drawn: it follows from short leases and a slow store.
    if (kind === "lease expiry") return 1;
    // Each loss costs all processes some leases of time, so losses are rare.
    if (isLoss(kind)) return changesCacheEpoch ? dice.logBetween(RATE_MIN, RATE_MAX) / LOSS_RARITY : 0;
    if (isByHand(kind)) return changesCacheEpoch ? dice.logBetween(RATE_MIN, RATE_MAX) / BY_HAND_RARITY : 0;
    // A process fails all calls while its clock is wrong, so steps are rare.
    if (isStep(kind)) return dice.logBetween(RATE_MIN, RATE_MAX) / STEP_RARITY;
    // Each partition fails many calls, so partitions are rare.
    if (kind === "cache partition" || kind === "store partition") return dice.logBetween(RATE_MIN, RATE_MAX) / 10;
    if (isHarmless(kind)) return dice.logBetween(HARMLESS_RATE_MIN, HARMLESS_RATE_MAX);
    return dice.logBetween(RATE_MIN, RATE_MAX);
  };
  const rates = noFaults();
  for (const kind of FAULT_KINDS) rates[kind] = rateOf(kind);
  return rates;
}

function isLoss(kind: FaultKind): boolean {
  return kind === "cache flushed" || kind === "cache restarted with old data";
}

function isByHand(kind: FaultKind): boolean {
  return kind === "cache switched by hand" || kind === "lease length changed";
}

function isStep(kind: FaultKind): boolean {
  return kind === "clock step forward" || kind === "clock step back";
}

/** The shape of each lane's traffic: a unit of a file, a slice of a partition, a job. */
function drawLanes(dice: Dice): Readonly<Record<Lane, LaneConfiguration>> {
  const lateMsMax = dice.pick([5, 100, 2_000]);
  return {
    batch: {
      processes: dice.whole(1, 2),
      sequences: dice.whole(1, 3),
      recordsMin: dice.pick([5, 20, 100]),
      recordsMax: dice.pick([20, 100, 250, 400]),
      populate: dice.chance(0.85) ? "if-cached" : "always",
      idleMsMax: dice.pick([5, 50, 500]),
      shareMax: dice.between(0.05, 0.3),
      deleteShare: dice.pick([0, 0.02]),
      lateMsMax: lateMsMax * 5,
    },
    stream: {
      processes: dice.whole(1, 2),
      sequences: dice.whole(1, 4),
      recordsMin: dice.pick([1, 10]),
      recordsMax: dice.pick([10, 30, 60]),
      populate: dice.chance(0.85) ? "always" : "if-cached",
      idleMsMax: dice.pick([1, 10, 100]),
      shareMax: dice.between(0.1, 0.4),
      deleteShare: dice.pick([0, 0.1]),
      lateMsMax,
    },
    "on-demand": {
      processes: dice.whole(1, 2),
      sequences: dice.whole(1, 6),
      recordsMin: 1,
      recordsMax: dice.pick([1, 3, 10]),
      populate: dice.chance(0.85) ? "always" : "if-cached",
      idleMsMax: dice.pick([1, 10, 100]),
      shareMax: Infinity,
      deleteShare: dice.pick([0.1, 0.3]),
      lateMsMax: dice.pick([1, lateMsMax]),
    },
  };
}

function drawNetwork(dice: Dice): NetworkConfiguration {
  const cacheTimeoutMs = dice.pick([1_000, 1_000, 100, 20]);
  return {
    cacheTravelUsMax: Math.round(dice.logBetween(100, 5_000)),
    storeTravelUsMax: Math.round(dice.logBetween(500, 20_000)),
    cacheTimeoutMs,
    commandBudgetMs: cacheTimeoutMs + dice.pick([20, 200, 4_000]),
    storeTimeoutMs: dice.pick([3_000, 3_000, 200, 60]),
    keysPerScript: dice.pick([100, 10, 1]),
    keysPerGet: dice.pick([500, 10, 1]),
    putsPerGroup: dice.pick([25, 25, 5, 1]),
    readsPerGroup: dice.pick([100, 10, 1]),
    momentsMax: dice.whole(1, 3),
  };
}

function drawLimits(dice: Dice): Partial<CoalescerLimits> {
  if (dice.chance(0.4)) return {};
  return {
    batchMax: dice.pick([500, 50, 5, 1]),
    batchesMax: dice.pick([3, 1, 8]),
    pendingMax: dice.pick([20_000, 100, 10, 1]),
    gatherMs: dice.pick([0, 0, 1, 10]),
  };
}

function drawLifetime(dice: Dice): CacheLifetime {
  if (dice.chance(0.5)) return cacheLifetimeDefaults;
  return {
    ttlMs: dice.pick([DAY_MS, SHORT_TTL_MS_MAX, 20]),
    negativeTtlMs: dice.pick([300_000, 50, 5]),
    jitter: dice.pick([0.1, 0.9]),
  };
}
