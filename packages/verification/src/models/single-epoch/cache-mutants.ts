/** Mutants of the cache's commands: one rule function replaced, or one command's rule bypassed. */
import {
  cacheRules,
  createCacheTransitions,
  type Entry,
  type FillCommand,
  type PublishCommand,
  type RaiseCommand,
} from "@trilane/write-through/protocol";
import { type ProtocolUnderTest, withRules, withTransitions } from "./protocol.ts";
import type { ModelBody } from "../values.ts";
import type { Mutant } from "../mutant.ts";

const production = createCacheTransitions<ModelBody>(cacheRules);

type Command = PublishCommand<ModelBody> | RaiseCommand<ModelBody> | FillCommand<ModelBody>;

/** Leaves a copy where nothing was; otherwise behaves as production does. */
function creating<Told extends Command>(
  act: (entry: Entry<ModelBody>, command: Told) => Entry<ModelBody>,
): (entry: Entry<ModelBody>, command: Told) => Entry<ModelBody> {
  return (entry, command) => {
    const { epoch, copy, keep } = command;
    const { state } = production.view(entry, epoch);
    const isNothing = state === "absent" || state === "foreign";
    return isNothing && keep ? { state: "clean", epoch, copy } : act(entry, command);
  };
}

export const cacheMutants: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "no fence before the store",
    rule: "1 (fence)",
    instead: "a writer puts, then publishes: its FENCE leaves nothing behind",
    protocol: withTransitions({
      fence: (entry, command) => ({ entry, reply: production.fence(entry, command).reply }),
    }),
    world: "unanswered-quick",
    expects: "violation",
  },
  {
    name: "answer before raise",
    rule: "5 (raise, fill)",
    instead: "a reader answers from the store without telling the cache",
    protocol: withTransitions({ raise: (entry) => entry, fill: (entry) => entry }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "only who met a fence raises",
    rule: "5 (raise)",
    instead: "a reader that met another's lease answers without telling the cache",
    protocol: withTransitions({
      raise: (entry, command) => (command.id === null ? entry : production.raise(entry, command)),
    }),
    world: "redelivered-write",
    expects: "violation",
  },
  {
    name: "fence keeps the latest write, not the highest",
    rule: "2 (pendingAfterFence)",
    instead: "a lower write that joins a fence lowers what it waits for",
    protocol: withRules({ pendingAfterFence: (_, write) => write }),
    world: "unanswered-quick",
    expects: "violation",
  },
  {
    name: "fence keeps the first write, not the highest",
    rule: "2 (pendingAfterFence)",
    instead: "a higher write that joins a fence is forgotten",
    protocol: withRules({ pendingAfterFence: (pending) => pending }),
    world: "unanswered-quick",
    expects: "violation",
  },
  {
    name: "a holder clears whatever is pending",
    rule: "2 (mayClear)",
    instead: "the stored version need not reach the pending one",
    protocol: withRules({ mayClear: (fence, id) => fence.id === id }),
    world: "no-faults",
    expects: "violation",
  },
  {
    name: "no instance ids",
    rule: "3 (mayClear)",
    instead: "any reader or writer that found the pending version clears the fence",
    protocol: withRules({ mayClear: (fence, _, stored) => stored >= fence.pending }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "commands create from absent",
    rule: "4 (publish, raise)",
    instead: "publish and raise leave a clean copy where nothing was",
    protocol: withTransitions({
      publish: creating(production.publish),
      raise: creating(production.raise),
      fill: creating(production.fill),
    }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "a heal removes whatever is there",
    rule: "heal (isSeen)",
    instead: "what came in the place of the foreign bytes meanwhile, a fence too, goes with them",
    protocol: withRules({ isSeen: () => true }),
    world: "overwritten-unanswered-quick",
    expects: "violation",
  },
  {
    name: "what is not an entry stays",
    rule: "heal",
    instead: "a heal removes nothing, and a lease is not granted in its place",
    protocol: withTransitions({
      heal: (entry) => entry,
      lease: (entry, command) =>
        entry.state === "foreign" ? { entry, reply: { kind: "taken", entry } } : production.lease(entry, command),
    }),
    world: "overwritten-unanswered-quick",
    expects: "upkeep",
    reason: "reads stay right, from the store, for as long as the foreign bytes are there",
  },
  {
    name: "any fill fits any lease",
    rule: "4 (fill: own lease)",
    instead: "a reader fills under the lease of another",
    protocol: withTransitions({
      fill: (entry, command) =>
        production.fill(entry, entry.state === "lease" ? { ...command, token: entry.token } : command),
    }),
    world: "if-cached-quick",
    expects: "violation",
  },
  {
    name: "a fill ignores the floor",
    rule: "4 (mayFill)",
    instead: "the holder fills below what another reader has answered",
    protocol: withRules({ mayFill: (lease, token) => lease.token === token }),
    world: "if-cached-quick",
    expects: "violation",
  },
  {
    name: "raise does not lift the floor",
    rule: "5 (floorAfterRaise)",
    instead: "a reader that meets a lease leaves no trace there",
    protocol: withRules({ floorAfterRaise: (floor) => floor }),
    world: "if-cached-quick",
    expects: "violation",
  },
  {
    name: "a clean copy behind the store stays",
    rule: "5 (isBehind)",
    instead: "publish and raise leave an older clean copy alone",
    protocol: withRules({ isBehind: () => false }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "another's fence does not merge",
    rule: "6 (pendingAfterStored)",
    instead: "a fence set anew does not learn what the store holds",
    protocol: withRules({ pendingAfterStored: (pending) => pending }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "a publish leaves the lease",
    rule: "publish ends a lease (publish)",
    instead: "a reader that read the store before the put still fills",
    protocol: withTransitions({
      publish(entry, command) {
        const seen = production.view(entry, command.epoch);
        return seen.state === "lease" ? seen : production.publish(entry, command);
      },
    }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "a fill that lost its lease does not raise",
    rule: "5 (fill, as raise)",
    instead: "a reader that finds another state than its lease changes nothing",
    protocol: withTransitions({
      fill: (entry, command) => {
        const isOwn = entry.state === "lease" && entry.token === command.token;
        return isOwn ? production.fill(entry, command) : entry;
      },
    }),
    world: "same-write-twice",
    expects: "violation",
  },
  {
    name: "readers do not clear fences",
    rule: "8 (raise by id)",
    instead: "only a writer's publish clears a fence",
    protocol: withTransitions({
      raise: (entry, command) => production.raise(entry, { ...command, id: null }),
    }),
    world: "unanswered-quick",
    expects: "upkeep",
    reason:
      "reads stay right; the fence of a write that was acknowledged without a publish, or of a late FENCE, keeps its key uncached for ever",
  },
  {
    name: "old epochs count",
    rule: "epochs (isCurrent)",
    instead: "a state of an older epoch is taken as it is",
    protocol: withRules({ isCurrent: () => true }),
    world: "new-epoch-quick",
    expects: "violation",
  },
  {
    name: "no write is covered",
    rule: "covered (isCovered)",
    instead: "a write not newer than a clean copy goes to the store",
    protocol: withRules({ isCovered: () => false }),
    world: "no-faults",
    expects: "upkeep",
    reason: "reads stay right; every duplicate and late record becomes a store call that is refused and charged",
  },
  {
    name: "a write that joins a fence renames it",
    rule: "joining (fenceIdAfterFence)",
    instead: "the holders before it can no longer clear the fence",
    protocol: withRules({ fenceIdAfterFence: (_, own) => own }),
    world: "writers-only",
    expects: "upkeep",
    reason:
      "reads stay right; the writer of the highest version cannot clear the fence, which waits for the last of the others",
  },
];
