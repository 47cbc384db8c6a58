/**
 * The named worlds of cache epochs. A bound that an entry does not mention is as
 * `defineWorld` has it: strict, one change, no such fault.
 *
 * Quick worlds take a few seconds at most and run in the tests.
 */
import { defineWorld, type World } from "./world.ts";
import { findByName } from "../find-world.ts";

/**
 * Readers answer without the cache, so puts must not land in a later cache epoch; the residuals show what happens
 * otherwise.
 */
const READ_STORE = { whenCacheUnreachable: "read-store", putsLand: "own-epoch" } as const;

const quickWorlds: readonly World[] = [
  defineWorld({
    name: "epochs-two-readers",
    summary: "one change by way of warm",
    writers: [1],
    readers: 2,
    trips: ["to-warm"],
  }),
  defineWorld({
    name: "epochs-two-writers",
    summary: "as epochs-two-readers, with two versions",
    writers: [1, 2],
    readers: 1,
    trips: ["to-warm"],
  }),
  defineWorld({
    name: "epochs-two-changes",
    summary: "two changes, each by way of off or warm",
    writers: [1],
    readers: 1,
    trips: ["to-either", "to-either"],
  }),
  defineWorld({
    name: "epochs-flush",
    summary: "the cache forgets everything any number of times, over two changes",
    writers: [1],
    readers: 1,
    trips: ["to-warm", "to-warm"],
    flushes: "any",
  }),
  defineWorld({
    name: "epochs-failover",
    summary: "a replica that lags is promoted, and the old primary goes on",
    writers: [1],
    readers: 1,
    trips: ["to-warm"],
    failovers: 1,
  }),
  defineWorld({
    name: "epochs-any-fault",
    summary: "any number of crashes, late puts, losses and evictions; guards that are set late",
    writers: [1],
    readers: 1,
    trips: ["to-warm"],
    crashes: "any",
    latePuts: "any",
    flushes: "any",
    evictions: "all-but-fences",
    lateGuards: true,
  }),
  defineWorld({
    name: "epochs-crash",
    summary: "a process starts again and knows nothing",
    writers: [1],
    readers: 1,
    crashes: 1,
  }),
  defineWorld({
    name: "epochs-late-commands",
    summary: "a command of an epoch that is over executes",
    writers: [1],
    readers: 1,
    lateCommands: 1,
  }),
  defineWorld({
    name: "epochs-lost-fence",
    summary: "single fences are lost as well",
    writers: [1],
    readers: 1,
    evictions: "any-state",
    latePuts: 1,
  }),
  defineWorld({
    name: "epochs-read-store",
    summary: "readers answer without the cache; no put lands in a later cache epoch",
    writers: [1],
    readers: 2,
    trips: ["off-for-good"],
    ...READ_STORE,
  }),
];

/** The processes of these worlds: writer 1 is number 0, reader A number 1. */
const ONE_OF_EACH = { writers: [1], readers: 1 } as const;

const clockWorlds: readonly World[] = [
  defineWorld({
    name: "clocks-of-a-writer-stepped",
    summary: "the wall clock of a writer is set forward while the cache goes off",
    ...ONE_OF_EACH,
    trips: ["off-for-good"],
    clocks: { events: { passes: 3, forward: 1 }, of: [0] },
  }),
  defineWorld({
    name: "clocks-suspended",
    summary: "the machine of a reader is suspended for a part of a lease or all of it",
    ...ONE_OF_EACH,
    trips: ["off-for-good"],
    clocks: { events: { passes: 3, suspended: 2 }, of: [1] },
  }),
  defineWorld({
    name: "clocks-at-two-rates",
    summary: "the clocks of the reader are two per cent slower than those of the writer",
    ...ONE_OF_EACH,
    clocks: { events: { passes: 6 }, rates: [1, 1 / 1.02] },
  }),
  defineWorld({
    name: "clocks-leases-shortened",
    summary: "the leases of the new epoch are shorter",
    ...ONE_OF_EACH,
    trips: ["off-for-good"],
    clocks: { events: { passes: 6 }, leases: ["long", "short"], horizon: "long" },
  }),
  defineWorld({
    name: "clocks-leases-prolonged",
    summary: "the leases of the new epoch are longer",
    ...ONE_OF_EACH,
    trips: ["off-for-good"],
    clocks: { events: { passes: 6 }, leases: ["short", "long"], horizon: "long" },
  }),
  defineWorld({
    name: "clocks-leases-of-the-record",
    summary: "time passes, and everybody goes by the lease that the record says",
    ...ONE_OF_EACH,
    trips: ["off-for-good"],
    clocks: { events: { passes: 6 }, horizon: "long" },
  }),
];

/** A world that has never been exhausted is explored for some minutes. */
const UNEXHAUSTED_STATES = 20_000_000;

const largeWorlds: readonly World[] = [
  defineWorld({
    name: "epochs-old-hits",
    summary: "after a first change, the cache goes off for good while a reader still hits",
    writers: [1],
    readers: 2,
    trips: ["to-warm", "off-for-good"],
  }),
  defineWorld({
    name: "epochs-off-two-readers",
    summary: "a reader that knows that the cache is off beside one that knows that it is on again",
    writers: [1],
    readers: 2,
    trips: ["to-off"],
  }),
  defineWorld({
    name: "epochs-off-then-warm",
    summary: "some know that the cache is off, others that it is warm",
    writers: [1, 2],
    readers: 1,
    trips: ["to-off"],
  }),
  defineWorld({
    name: "epochs-slow-looks",
    summary: "processes go on with what they knew while they look at the record",
    writers: [1],
    readers: 1,
    trips: ["to-either", "to-either"],
    slowLooks: true,
  }),
  defineWorld({
    name: "epochs-read-store-failover",
    summary: "as epochs-read-store, with a failover",
    writers: [1],
    readers: 1,
    failovers: 1,
    ...READ_STORE,
  }),
  defineWorld({
    name: "epochs-read-store-two-changes",
    summary: "as epochs-read-store, with two changes and any number of losses",
    writers: [1],
    readers: 1,
    trips: ["to-either", "to-either"],
    flushes: "any",
    ...READ_STORE,
  }),
  defineWorld({
    name: "epochs-promoted-back",
    summary: "two failovers over two changes: the old primary comes back with what it held",
    writers: [1],
    readers: 1,
    trips: ["to-warm", "to-warm"],
    failovers: 2,
  }),
  defineWorld({
    name: "epochs-two-changes-two-readers",
    summary: "as epochs-two-changes, with two readers",
    writers: [1],
    readers: 2,
    trips: ["to-either", "to-either"],
  }),
  defineWorld({
    name: "epochs-any-fault-failover",
    summary: "as epochs-any-fault, with any number of failovers",
    writers: [1],
    readers: 1,
    trips: ["to-warm"],
    crashes: "any",
    latePuts: "any",
    flushes: "any",
    failovers: "any",
    lateGuards: true,
  }),
  defineWorld({
    name: "epochs-late-commands-failover",
    summary: "the same record twice, a failover, and a late command",
    writers: [1, 1],
    readers: 1,
    trips: ["to-warm"],
    failovers: 1,
    lateCommands: 1,
    statesMax: UNEXHAUSTED_STATES,
  }),
  defineWorld({
    name: "epochs-two-writers-two-readers",
    summary: "two versions and two readers over one change",
    writers: [1, 2],
    readers: 2,
    trips: ["to-warm"],
  }),
];

const largeClockWorlds: readonly World[] = [
  defineWorld({
    name: "clocks-of-a-reader-stepped",
    summary: "the wall clock of a reader is set forward and back while the cache goes off",
    ...ONE_OF_EACH,
    trips: ["off-for-good"],
    clocks: { events: { passes: 3, forward: 1, back: 1 }, of: [1] },
  }),
  defineWorld({
    name: "clocks-leases-shortened-early",
    summary: "a second change while leases of the first epoch, which are longer, may be left",
    ...ONE_OF_EACH,
    trips: ["off-for-good", "off-for-good"],
    clocks: { events: { passes: 6 }, leases: ["long", "short", "short"], horizon: "long" },
  }),
  defineWorld({
    name: "clocks-stepped",
    summary: "the wall clocks of a writer and a reader are set forward and back while the cache goes off or warm",
    ...ONE_OF_EACH,
    clocks: { events: { passes: 4, forward: 1, back: 1 } },
    statesMax: UNEXHAUSTED_STATES,
  }),
  defineWorld({
    name: "clocks-suspended-two-changes",
    summary: "machines are suspended over two changes of the cache epoch",
    ...ONE_OF_EACH,
    trips: ["to-either", "to-warm"],
    clocks: { events: { passes: 3, suspended: 3 } },
    statesMax: UNEXHAUSTED_STATES,
  }),
];

/** Worlds outside of what the strict setting claims: a finding is expected, and documented. */
const residualWorlds: readonly World[] = [
  defineWorld({
    name: "residual-clocks-stand-still",
    summary: "time passes, and all clocks of one machine stand still",
    ...ONE_OF_EACH,
    trips: ["off-for-good"],
    clocks: { events: { passes: 3, still: 3 }, of: [1] },
    expects: "violation",
    quick: true,
  }),
  defineWorld({
    name: "residual-put-in-later-epoch",
    summary: "a reader answers without the cache while a put lands in a later epoch than its fence",
    writers: [1],
    readers: 1,
    trips: ["to-warm"],
    whenCacheUnreachable: "read-store",
    expects: "violation",
    quick: true,
  }),
  defineWorld({
    name: "residual-fence-lost-singly",
    summary: "a fence is lost, and its write is acknowledged without an answer to PUBLISH",
    writers: [1],
    readers: 1,
    trips: [],
    evictions: "any-state",
    ...READ_STORE,
    expects: "violation",
    quick: true,
  }),
];

export const worlds: readonly World[] = [
  ...[...quickWorlds, ...clockWorlds].map((world) => ({ ...world, quick: true })),
  ...largeWorlds,
  ...largeClockWorlds,
  ...residualWorlds,
];

export function findWorld(name: string): World {
  return findByName(worlds, name);
}
