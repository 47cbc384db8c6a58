/** The mutation table of the erasures: each mutant takes one rule away, or one or two of the three lines of defence. */
import type { Mutant } from "../mutant.ts";
import { type ProtocolUnderTest, without } from "./protocol.ts";

const NO_WRITERS = { writersRefuse: false } as const;
const NO_READERS = { readersRefuse: false } as const;
const NO_SWEEPS = { sweeps: "never" } as const;

const LINES: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "writers do not refuse",
    rule: "writersRefuse (a)",
    instead: "a record that comes again is stored and acknowledged as applied, and readers hide it",
    protocol: without(NO_WRITERS),
    world: "erasure-sweeps",
    expects: "survives",
    reason: "the tombstone of a swept record beats the same record, and a sweep removes what lands before it",
  },
  {
    name: "no sweeps",
    rule: "sweeps (b)",
    instead: "the payload stays in the table for ever, and readers hide it",
    protocol: without({}, NO_SWEEPS),
    world: "erasure-swept-and-read",
    expects: "upkeep",
    reason: "readers refuse what is in the table (c)",
  },
  {
    name: "readers do not refuse",
    rule: "readersRefuse (c)",
    instead: "an erased record is answered until the sweeps have removed it",
    protocol: without(NO_READERS),
    world: "erasure-swept-and-read",
    expects: "violation",
  },
  {
    name: "(c) alone",
    rule: "without (a) and (b)",
    instead: "everything of the person stays in the table, and replays add to it",
    protocol: without(NO_WRITERS, NO_SWEEPS),
    world: "erasure-replay",
    expects: "survives",
    reason: "every copy tells its subject, so readers hide it whatever is in the table",
  },
  {
    name: "(a) alone",
    rule: "without (b) and (c)",
    instead: "nothing new is stored, and what is there is answered",
    protocol: without(NO_READERS, NO_SWEEPS),
    world: "erasure-replay",
    expects: "violation",
  },
  {
    name: "(b) alone",
    rule: "without (a) and (c)",
    instead: "the record is answered until the sweeps have removed it, and again when it comes again",
    protocol: without({ ...NO_WRITERS, ...NO_READERS }),
    world: "erasure-swept-and-read",
    expects: "violation",
  },
  {
    name: "(a) and (b), counted from the rest of the sweeps on",
    rule: "without (c) (late put)",
    instead: "a put that lands after the sweeps is answered",
    protocol: without(NO_READERS),
    world: "swept-and-late-put",
    expects: "violation",
  },
  {
    name: "(a) and (b), without late puts and writers that were paused",
    rule: "without (c) (no late put)",
    instead: "nothing of the person is answered once the sweeps rest",
    protocol: without(NO_READERS),
    world: "swept-and-replayed",
    expects: "survives",
    reason: "the index has caught up by then, and no writer that could still put knows less than the list",
  },
];

const STEPS: readonly Mutant<ProtocolUnderTest>[] = [
  {
    name: "no announcement",
    rule: "announce",
    instead: "an erasure is in force at once, and processes learn it one by one",
    protocol: without({}, { announces: "never" }),
    world: "erasure-replay",
    expects: "violation",
  },
  {
    name: "a put renews the lease",
    rule: "lease",
    instead: "a process puts the record of the cache epoch, and reads no numbers from the answer",
    protocol: without({}, { leases: "by-put" }),
    world: "erasure-replay",
    expects: "violation",
  },
  {
    name: "a reader does not look again",
    rule: "looksAgain",
    instead: "a reader that knows the announcement shows the record for as long as it has a lease",
    protocol: without({ looksAgain: false }),
    world: "erasure-replay",
    expects: "violation",
  },
  {
    name: "a reader hides by what it learned after it read",
    rule: "hidesByEarlierKnowledge",
    instead: "a reader answers none for a copy that was replaced before the erasure",
    protocol: without({ hidesByEarlierKnowledge: false }),
    world: "erasure-another-person",
    expects: "violation",
  },
  {
    name: "reduction before refusal",
    rule: "refuses before the reduction",
    instead: "an erased record wins, is refused, and takes another person's record with it",
    protocol: without({}, { refuses: "after-reduction", losers: "settled" }),
    world: "erasure-reduction",
    expects: "violation",
  },
  {
    name: "losers are settled with a winner that is refused later",
    rule: "losers are sent again",
    instead: "the erasure is announced between reduction and put, and another person's record is lost",
    protocol: without({}, { losers: "settled" }),
    world: "erasure-reduction",
    expects: "violation",
  },
  {
    name: "readers with another digest key",
    rule: "one digest key (readers)",
    instead: "a reader finds no erasure for any copy",
    protocol: without({}, { digests: "of-another-key-in-readers" }),
    world: "erasure-replay",
    expects: "violation",
  },
  {
    name: "one sweep only",
    rule: "sweepStateAfter",
    instead: "the first sweep that finds nothing is the last one",
    protocol: without({}, { sweeps: "once" }),
    world: "erasure-sweeps",
    expects: "upkeep",
    reason: "readers refuse what the index has not shown (c)",
  },
  {
    name: "sweeps that do not know lifts",
    rule: "sweepsSpareLifted",
    instead: "the last sweep of a permanent erasure removes records that were accepted after its end",
    protocol: without({ sweepsSpareLifted: false }),
    world: "erasure-lift",
    expects: "violation",
  },
];

export const mutants: readonly Mutant<ProtocolUnderTest>[] = [...LINES, ...STEPS];
