/**
 * The protocol as the explorer runs it: the production functions, and the
 * behaviour of the surroundings that the protocol's settings secure.
 *
 * A mutant is another value of this type: production code has no switches.
 */
import {
  cacheRules,
  createCacheTransitions,
  reduceByKey,
  writePlan,
  type CacheRules,
  type CacheTransitions,
  type Reduction,
  type Versioned,
  type WritePlan,
} from "@trilane/write-through/protocol";
import type { ModelBody } from "../values.ts";

/** What client and server settings secure; the first of each is what production has. */
export interface Settings {
  /** Fences have no TTL; otherwise they can be lost like any other state. */
  readonly fences: "stay" | "expire";
  /** A read of the store sees every put before it; otherwise it may see less. */
  readonly storeReads: "consistent" | "eventual";
  /** A get sees the cache itself; otherwise a replica or an in-process copy, which may lag. */
  readonly cacheReads: "primary" | "lagging";
  /** A read joins only a read not yet sent; otherwise one that has read the store already. */
  readonly singleFlight: "unsent" | "sent";
  /** A command without an answer is not sent again by the client under its feet. */
  readonly clientResends: "never" | "after-lost-reply";
  /** Each attempt of a write has a fence id of its own. */
  readonly fenceIds: "per-attempt" | "per-write";
  /** Each attempt of a read to lease has a token of its own. */
  readonly leaseTokens: "per-attempt" | "per-read";
  /** Commands of an epoch that is over change nothing. */
  readonly guard: "checked" | "ignored";
}

export interface ProtocolUnderTest {
  readonly transitions: CacheTransitions<ModelBody>;
  readonly writePlan: WritePlan;
  readonly reduceByKey: <Record extends Versioned>(records: readonly Record[]) => Reduction<Record>;
  readonly settings: Settings;
}

export const productionSettings: Settings = {
  fences: "stay",
  storeReads: "consistent",
  cacheReads: "primary",
  singleFlight: "unsent",
  clientResends: "never",
  fenceIds: "per-attempt",
  leaseTokens: "per-attempt",
  guard: "checked",
};

export const productionProtocol: ProtocolUnderTest = {
  transitions: createCacheTransitions<ModelBody>(cacheRules),
  writePlan,
  reduceByKey,
  settings: productionSettings,
};

export function withRules(rules: Partial<CacheRules>): ProtocolUnderTest {
  const transitions = createCacheTransitions<ModelBody>({ ...cacheRules, ...rules });
  return { ...productionProtocol, transitions };
}

export function withTransitions(transitions: Partial<CacheTransitions<ModelBody>>): ProtocolUnderTest {
  return {
    ...productionProtocol,
    transitions: { ...productionProtocol.transitions, ...transitions },
  };
}

export function withWritePlan(plan: Partial<WritePlan>): ProtocolUnderTest {
  return { ...productionProtocol, writePlan: { ...writePlan, ...plan } };
}

export function withSettings(settings: Partial<Settings>): ProtocolUnderTest {
  return { ...productionProtocol, settings: { ...productionSettings, ...settings } };
}
