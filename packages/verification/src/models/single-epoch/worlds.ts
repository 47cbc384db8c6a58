/**
 * The named worlds. A bound that an entry does not mention is as `defineWorld`
 * has it: no such fault.
 *
 * Quick worlds take about a second each and run in the tests.
 */
import { defineWorld, writes, writesBatch, type World } from "./world.ts";
import { findByName } from "../find-world.ts";

/** No process goes on without the cache's answer; then every state may be lost, even fences. */
const ANSWERED = {
  evictions: "any-state",
  writersWithoutAnswer: "give-up",
  readersWithoutAnswer: "give-up",
} as const;

/** Writers acknowledge and readers answer without the cache; then fences must not be lost. */
const UNANSWERED = {
  evictions: "all-but-fences",
  writersWithoutAnswer: "carry-on",
  readersWithoutAnswer: "carry-on",
} as const;

const quickWorlds: readonly World[] = [
  defineWorld({
    name: "no-faults",
    summary: "overlap alone",
    writers: [writes(1), writes(2)],
    readers: [2, 1],
  }),
  defineWorld({
    name: "writers-only",
    summary: "what writers leave behind, without a reader to repair it",
    writers: [writes(1), writes(2), writes(3)],
    readers: [],
  }),
  defineWorld({
    name: "answered-quick",
    summary: "any state can be lost, a writer crashes, a put lands late",
    writers: [writes(1), writes(2)],
    readers: [1, 1],
    crashes: 1,
    latePuts: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "unanswered-quick",
    summary: "acknowledged and answered without the cache; fences stay",
    writers: [writes(1), writes(2)],
    readers: [1, 1],
    crashes: 1,
    latePuts: 1,
    ...UNANSWERED,
  }),
  defineWorld({
    name: "overwritten-quick",
    summary: "another program writes over any entry, fences too, and readers heal what they meet",
    writers: [writes(1), writes(2)],
    readers: [1, 1],
    latePuts: 1,
    overwrites: true,
    ...ANSWERED,
  }),
  defineWorld({
    name: "overwritten-unanswered-quick",
    summary: "another program writes over copies and leases; heals that execute late; fences stay",
    writers: [writes(1), writes(2)],
    readers: [1, 1],
    lateCommands: 1,
    overwrites: true,
    ...UNANSWERED,
  }),
  defineWorld({
    name: "late-commands-quick",
    summary: "a cache command executes long after its sender gave up",
    writers: [writes(1), writes(2)],
    readers: [1, 1],
    lateCommands: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "redelivered-write",
    summary: "one write that crashes and is redelivered, with late puts and late commands",
    writers: [writes(1)],
    readers: [2, 1],
    crashes: 2,
    latePuts: 1,
    lateCommands: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "same-write-twice",
    summary: "two lanes deliver the same record at the same time, and a newer one follows",
    writers: [writes(1), writes(1), writes(2)],
    readers: [1, 1],
    ...ANSWERED,
  }),
  defineWorld({
    name: "if-cached-quick",
    summary: "a backfill that does not populate, next to a stream write",
    writers: [writes(1, "if-cached"), writes(2)],
    readers: [2, 1],
    crashes: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "backfill-alone",
    summary: "writes that do not populate, without a reader",
    writers: [writes(1, "if-cached"), writes(2, "if-cached")],
    readers: [],
    crashes: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "batch-two-keys-quick",
    summary: "a batch of two keys in lockstep, with a record that the reduction drops",
    keys: 2,
    writers: [writesBatch([0, 2], [0, 1], [1, 1])],
    readers: [2],
    crashes: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "new-epoch-quick",
    summary: "the cache is switched off and on again, keeping what it held",
    writers: [writes(1), writes(2)],
    readers: [2, 1],
    evictions: "all-but-fences",
    latePuts: 1,
    epochChange: true,
  }),
  defineWorld({
    name: "new-epoch-late-commands-quick",
    summary: "as new-epoch-quick; a late command of the old epoch, and publishes that get no answer",
    writers: [writes(1), writes(2)],
    readers: [1, 1],
    lateCommands: 1,
    epochChange: true,
    ...UNANSWERED,
    readersWithoutAnswer: "give-up",
  }),
].map((world) => ({ ...world, quick: true }));

const largeWorlds: readonly World[] = [
  defineWorld({
    name: "two-writers-two-readers",
    summary: "the reference of docs/protocol.md",
    writers: [writes(1), writes(2)],
    readers: [2, 2],
    crashes: 1,
    latePuts: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "any-number-of-faults",
    summary: "as the reference, with any number of crashes and late puts and three reads each",
    writers: [writes(1), writes(2)],
    readers: [3, 3],
    crashes: "any",
    latePuts: "any",
    ...ANSWERED,
  }),
  defineWorld({
    name: "three-writers",
    summary: "three versions",
    writers: [writes(1), writes(2), writes(3)],
    readers: [2, 1],
    crashes: 1,
    latePuts: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "three-readers",
    summary: "three readers, as many leases and fences met",
    writers: [writes(1), writes(2)],
    readers: [2, 1, 1],
    crashes: 1,
    latePuts: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "late-commands",
    summary: "two cache commands on their way at once",
    writers: [writes(1), writes(2)],
    readers: [2, 1],
    crashes: 1,
    latePuts: 1,
    lateCommands: 2,
    ...ANSWERED,
  }),
  defineWorld({
    name: "unanswered",
    summary: "acknowledged and answered without the cache, late commands; fences stay",
    writers: [writes(1), writes(2)],
    readers: [2, 2],
    crashes: "any",
    latePuts: "any",
    lateCommands: 1,
    ...UNANSWERED,
  }),
  defineWorld({
    name: "if-cached",
    summary: "both writers do not populate",
    writers: [writes(1, "if-cached"), writes(2, "if-cached"), writes(3)],
    readers: [2, 1],
    crashes: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "batch-two-keys",
    summary: "two batches of two keys in lockstep",
    keys: 2,
    writers: [writesBatch([0, 1], [1, 2]), writesBatch([0, 2], [1, 1])],
    readers: [2],
    crashes: 1,
    latePuts: 1,
    ...ANSWERED,
  }),
  defineWorld({
    name: "new-epoch",
    summary: "switched off and on again, with late puts and late commands of the old epoch",
    writers: [writes(1), writes(2)],
    readers: [2, 2],
    latePuts: "any",
    lateCommands: 1,
    epochChange: true,
    ...ANSWERED,
  }),
];

/** Worlds outside of what the protocol claims: a finding is expected, and documented. */
const residualWorlds: readonly World[] = [
  defineWorld({
    name: "residual-lost-fence",
    summary: "a fence is lost while writers acknowledge and readers answer without the cache",
    writers: [writes(1)],
    readers: [1, 1],
    ...UNANSWERED,
    evictions: "any-state",
    expects: "violation",
    quick: true,
  }),
  defineWorld({
    name: "residual-overwritten-fence",
    summary: "another program writes over a fence, and it is healed; otherwise as residual-lost-fence",
    writers: [writes(1)],
    readers: [1, 1],
    overwrites: true,
    ...UNANSWERED,
    evictions: "any-state",
    expects: "violation",
    quick: true,
  }),
  defineWorld({
    name: "residual-late-put-in-new-epoch",
    summary: "a reader answers without the cache while a put lands in a later epoch than its fence",
    writers: [writes(1)],
    readers: [1, 1, 1],
    latePuts: 1,
    epochChange: true,
    ...UNANSWERED,
    expects: "violation",
    quick: true,
  }),
  defineWorld({
    name: "residual-abandoned-write",
    summary: "a writer gives up for good between FENCE and STORE",
    writers: [writes(1)],
    readers: [1],
    abandons: true,
    expects: "upkeep",
    quick: true,
  }),
];

export const worlds: readonly World[] = [...quickWorlds, ...largeWorlds, ...residualWorlds];

export function findWorld(name: string): World {
  return findByName(worlds, name);
}
