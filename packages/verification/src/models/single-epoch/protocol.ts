/**
 * The protocol as the explorer runs it: the production functions, and the
 * behaviour of the clients and servers that the settings ensure.
 *
 * A mutant is another value of this type, so production code has no switches.
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

/** The effects of client and server settings. The first value of each is production's. */
export interface Settings {
  /** Fences have no TTL; otherwise they can be lost like any other state. */
  readonly fences: "stay" | "expire";
  /** A read of the store sees every put before it; otherwise it may see an older state. */
  readonly storeReads: "consistent" | "eventual";
  /** A get sees the cache itself; otherwise a replica or an in-process copy, which may lag. */
  readonly cacheReads: "primary" | "lagging";
  /** A read joins only a read that was not sent yet; otherwise it joins one that has already read the store. */
  readonly singleFlight: "unsent" | "sent";
  /** The client never sends a command without an answer again by itself. */
  readonly clientResends: "never" | "after-lost-reply";
  /** Each attempt of a write has a fence id of its own. */
  readonly fenceIds: "per-attempt" | "per-write";
  /** Each attempt of a read to get a lease has a token of its own. */
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
