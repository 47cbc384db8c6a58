/**
 * The protocol as the explorer of cache epochs runs it: the production
 * functions, and the way in which the cache's adapter uses the guard.
 *
 * A mutant is another value of this type, so production code has no switches.
 */
import { type Clock, createElapsedTime, type ElapsedTime } from "@trilane/write-through";
import {
  cacheRules,
  createCacheTransitions,
  createCacheEpochPlan,
  cacheEpochChanges,
  cacheEpochRules,
  termsOfNextEpoch,
  writePlan,
  type CacheRules,
  type CacheTransitions,
  type CacheEpochChanges,
  type CacheEpochPlan,
  type CacheEpochPlanOptions,
  type CacheEpochRules,
  type WritePlan,
} from "@trilane/write-through/protocol";
import type { ModelBody } from "../values.ts";

export type CreateElapsedTime = (clock: Pick<Clock, "nowMs" | "monotonicMs">) => ElapsedTime;

/** The first value of each setting is production's. */
export interface GuardSettings {
  /** The values that the guard is compared with. A promoted server has another replication id. */
  readonly names: "epoch-and-replication" | "epoch" | "nothing";
  /** When a get reads the guard. */
  readonly isRead: "after-keys" | "before-keys";
  readonly isSet: "once" | "any-number";
  /** Whether a replica runs the check and other scripts, as it does when they have the flag no-writes. */
  readonly replicas: "refuse" | "answer";
  /** Whether the guard must have been seen before the cache is turned on. */
  readonly isNeeded: "always" | "sometimes";
}

export interface ProtocolUnderTest {
  readonly transitions: CacheTransitions<ModelBody>;
  readonly writePlan: WritePlan;
  readonly createCacheEpochPlan: (options: CacheEpochPlanOptions) => CacheEpochPlan;
  readonly changes: CacheEpochChanges;
  readonly guard: GuardSettings;
  readonly createElapsedTime: CreateElapsedTime;
  readonly termsOfNextEpoch: typeof termsOfNextEpoch;
}

const productionGuard: GuardSettings = {
  names: "epoch-and-replication",
  isRead: "after-keys",
  isSet: "once",
  replicas: "refuse",
  isNeeded: "always",
};

export const productionProtocol: ProtocolUnderTest = {
  transitions: createCacheTransitions<ModelBody>(cacheRules),
  writePlan,
  createCacheEpochPlan: (options) => createCacheEpochPlan(options, cacheEpochRules),
  changes: cacheEpochChanges,
  guard: productionGuard,
  createElapsedTime,
  termsOfNextEpoch,
};

export function withEpochRules(rules: Partial<CacheEpochRules>): ProtocolUnderTest {
  const all = { ...cacheEpochRules, ...rules };
  return { ...productionProtocol, createCacheEpochPlan: (options) => createCacheEpochPlan(options, all) };
}

/** Replaces decisions of the plan; `change` is given production's. */
export function withEpochPlan(change: (plan: CacheEpochPlan) => Partial<CacheEpochPlan>): ProtocolUnderTest {
  return {
    ...productionProtocol,
    createCacheEpochPlan(options) {
      const plan = createCacheEpochPlan(options, cacheEpochRules);
      return { ...plan, ...change(plan) };
    },
  };
}

export function withCacheRules(rules: Partial<CacheRules>): ProtocolUnderTest {
  const transitions = createCacheTransitions<ModelBody>({ ...cacheRules, ...rules });
  return { ...productionProtocol, transitions };
}

export function withChanges(changes: Partial<CacheEpochChanges>): ProtocolUnderTest {
  return { ...productionProtocol, changes: { ...cacheEpochChanges, ...changes } };
}

export function withGuard(guard: Partial<GuardSettings>): ProtocolUnderTest {
  return { ...productionProtocol, guard: { ...productionGuard, ...guard } };
}

export function withElapsedTime(create: CreateElapsedTime): ProtocolUnderTest {
  return { ...productionProtocol, createElapsedTime: create };
}

export function withTerms(terms: typeof termsOfNextEpoch): ProtocolUnderTest {
  return { ...productionProtocol, termsOfNextEpoch: terms };
}
