/**
 * The protocol as the explorer of regimes runs it: the production functions,
 * and how the cache's adapter uses the guard.
 *
 * A mutant is another value of this type: production code has no switches.
 */
import { createElapsedTime } from "@trilane/write-through";
import {
  cacheRules,
  createCacheTransitions,
  createRegimePlan,
  readPlan,
  regimeChanges,
  regimeRules,
  termsOfNextEpoch,
  writePlan,
  type CacheRules,
  type CacheTransitions,
  type ReadPlan,
  type RegimeChanges,
  type RegimePlan,
  type RegimePlanOptions,
  type RegimeRules,
  type WritePlan,
} from "@trilane/write-through/protocol";
import type { ModelBody } from "../explorer/values.ts";
import type { CreateElapsedTime } from "./regime-clocks.ts";

/** The first of each is what production has. */
export interface GuardSettings {
  /** What the guard is compared with: a promoted server has another replication id. */
  readonly names: "epoch-and-replication" | "epoch" | "nothing";
  /** When a get looks at the guard. */
  readonly isRead: "after-keys" | "before-keys";
  readonly isSet: "once" | "any-number";
  /** Whether a replica runs the check and other scripts: it does where they have the flag no-writes. */
  readonly replicas: "refuse" | "answer";
  /** Whether the guard must have been seen before the cache is turned on. */
  readonly isNeeded: "always" | "sometimes";
}

export interface RegimeProtocol {
  readonly transitions: CacheTransitions<ModelBody>;
  readonly writePlan: WritePlan;
  readonly readPlan: ReadPlan;
  readonly createRegimePlan: (options: RegimePlanOptions) => RegimePlan;
  readonly changes: RegimeChanges;
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

export const productionRegimes: RegimeProtocol = {
  transitions: createCacheTransitions<ModelBody>(cacheRules),
  writePlan,
  readPlan,
  createRegimePlan: (options) => createRegimePlan(options, regimeRules),
  changes: regimeChanges,
  guard: productionGuard,
  createElapsedTime,
  termsOfNextEpoch,
};

export function withRegimeRules(rules: Partial<RegimeRules>): RegimeProtocol {
  const all = { ...regimeRules, ...rules };
  return { ...productionRegimes, createRegimePlan: (options) => createRegimePlan(options, all) };
}

export function withCacheRules(rules: Partial<CacheRules>): RegimeProtocol {
  const transitions = createCacheTransitions<ModelBody>({ ...cacheRules, ...rules });
  return { ...productionRegimes, transitions };
}

export function withChanges(changes: Partial<RegimeChanges>): RegimeProtocol {
  return { ...productionRegimes, changes: { ...regimeChanges, ...changes } };
}

export function withGuard(guard: Partial<GuardSettings>): RegimeProtocol {
  return { ...productionRegimes, guard: { ...productionGuard, ...guard } };
}

export function withElapsedTime(create: CreateElapsedTime): RegimeProtocol {
  return { ...productionRegimes, createElapsedTime: create };
}

export function withTerms(terms: typeof termsOfNextEpoch): RegimeProtocol {
  return { ...productionRegimes, termsOfNextEpoch: terms };
}
