/**
 * Mutants of the effects of client and server settings, and of the way in which
 * the ports must be used.
 */
import { type ProtocolUnderTest, productionProtocol, withSettings } from "./protocol.ts";
import type { Mutant } from "../mutant.ts";

export const settingMutants: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "fences expire",
    rule: "8 (no TTL)",
    instead: "a fence can be lost before the put that it stands for",
    protocol: withSettings({ fences: "expire" }),
    world: "unanswered-quick",
    expects: "violation",
  },
  {
    name: "eventually consistent reads",
    rule: "9 (ConsistentRead)",
    instead: "a read of the store, or of an index of it, may lag",
    protocol: withSettings({ storeReads: "eventual" }),
    world: "no-faults",
    expects: "violation",
  },
  {
    name: "replica reads or an in-process copy",
    rule: "9 (no other copy)",
    instead: "a get may see a copy of the cache that lags",
    protocol: withSettings({ cacheReads: "lagging" }),
    world: "no-faults",
    expects: "violation",
  },
  {
    name: "single-flight joins a read already sent",
    rule: "9 (single-flight)",
    instead: "a read begins by joining one that has its copy already",
    protocol: withSettings({ singleFlight: "sent" }),
    world: "no-faults",
    expects: "violation",
  },
  {
    name: "the client resends commands",
    rule: "autoResendUnfulfilledCommands: false",
    instead: "a command whose reply was lost runs again, a fence under the same id",
    protocol: withSettings({ clientResends: "after-lost-reply" }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "attempts of one write share a fence id",
    rule: "3 (ids are unique)",
    instead: "a write whose FENCE had no answer tries again under the same id",
    protocol: withSettings({ fenceIds: "per-write" }),
    world: "late-commands-quick",
    expects: "violation",
  },
  {
    name: "attempts of one read share a lease token",
    rule: "4 (tokens are unique)",
    instead: "a read whose LEASE had no answer tries again under the same token",
    protocol: withSettings({ leaseTokens: "per-read" }),
    world: "late-commands-quick",
    expects: "violation",
  },
  {
    name: "commands of an old epoch run",
    rule: "guard",
    instead: "a late command of an epoch that is over executes",
    protocol: withSettings({ guard: "ignored" }),
    world: "new-epoch-late-commands-quick",
    expects: "violation",
  },
  {
    name: "commands have no deadline",
    rule: "deadlines in scripts, enableOfflineQueue: false",
    instead: "a command executes however long after its sender gave up",
    protocol: productionProtocol,
    world: "late-commands-quick",
    expects: "survives",
    reason:
      "harmless by design: every world with late commands lets them run at any time, and a deadline only keeps orphaned fences and leases rare",
  },
];
