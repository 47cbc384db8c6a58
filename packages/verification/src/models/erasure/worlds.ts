/** The named worlds of erasures. Quick ones run in the tests. */
import { findByName } from "../find-world.ts";
import { defineWorld, writes, writesAfter, type World } from "./world.ts";

const PERMANENT_AND_LIFT = [
  { person: "S", kind: "erase", until: "for-ever" },
  { person: "S", kind: "lift", until: 1 },
] as const;

const quickWorlds: readonly World[] = [
  defineWorld({
    name: "erasure-replay",
    summary: "a record comes again, before, during and after its erasure, and a put of it lands late",
    persons: ["S"],
    writers: [writes(1)],
    crashes: 1,
    latePuts: 1,
    quick: true,
  }),
  defineWorld({
    name: "erasure-another-person",
    summary: "the key goes from the erased person to another one",
    persons: ["S", "T"],
    writers: [writes(1), writes(2)],
    quick: true,
  }),
  defineWorld({
    name: "erasure-reduction",
    summary: "an erased record comes in one call with an older one of another person",
    persons: ["T", "S"],
    writers: [writes(1, 2)],
    crashes: 1,
    latePuts: 1,
    quick: true,
  }),
  defineWorld({
    name: "erasure-sweeps",
    summary: "sweeps over an index that lags, with late puts and crashes",
    persons: ["S"],
    writers: [writes(1)],
    readers: 0,
    sweeps: true,
    crashes: 1,
    latePuts: 1,
    quick: true,
  }),
  defineWorld({
    name: "erasure-swept-and-read",
    summary: "reads while the sweeps go on",
    persons: ["S"],
    writers: [writes(1)],
    sweeps: true,
    quick: true,
  }),
  defineWorld({
    name: "erasure-lift",
    summary: "a permanent erasure is lifted, and a record that comes later is accepted, while sweeps go on",
    persons: ["S", "S"],
    writers: [writes(1), writesAfter(2, 2)],
    readers: 0,
    erasures: PERMANENT_AND_LIFT,
    sweeps: true,
    quick: true,
  }),
  defineWorld({
    name: "swept-and-replayed",
    summary: "a record comes again after its sweeps; erasures count from the rest of the sweeps on",
    persons: ["S"],
    writers: [writes(1)],
    sweeps: true,
    crashes: 1,
    hasCalmPuts: true,
    counts: "swept",
  }),
  defineWorld({
    name: "swept-and-late-put",
    summary: "the same, and a put lands late",
    persons: ["S"],
    writers: [writes(1)],
    sweeps: true,
    latePuts: 1,
    hasCalmPuts: true,
    counts: "swept",
  }),
];

const largeWorlds: readonly World[] = [
  defineWorld({
    name: "erasure-lift-and-read",
    summary: "a permanent erasure is lifted while a reader reads and sweeps go on",
    persons: ["S", "S"],
    writers: [writesAfter(2, 2)],
    erasures: PERMANENT_AND_LIFT,
    sweeps: true,
  }),
  defineWorld({
    name: "erasure-two-readers",
    summary: "a record comes again, and two readers read it",
    persons: ["S"],
    writers: [writes(1)],
    readers: 2,
    crashes: 1,
    latePuts: 1,
  }),
  defineWorld({
    name: "erasure-slow-looks",
    summary: "anything may happen between the question of a look and its answer",
    persons: ["S"],
    writers: [writes(1)],
    readers: 2,
    slowLooks: true,
  }),
  defineWorld({
    name: "erasure-reduction-slow-looks",
    summary: "an erased record comes with an older one of another person, and looks are slow",
    persons: ["T", "S"],
    writers: [writes(1, 2)],
    crashes: 1,
    latePuts: 1,
    slowLooks: true,
  }),
];

const residuals: readonly World[] = [
  defineWorld({
    name: "residual-erasure-takes-another-persons-record",
    summary:
      "a put of an erased record that its writer sent before it knew takes another person's older record with it",
    persons: ["T", "S"],
    writers: [writes(1), writes(2)],
    readers: 0,
    sparesOthers: true,
    quick: true,
    expects: "violation",
  }),
];

export const worlds: readonly World[] = [...quickWorlds, ...largeWorlds, ...residuals];

export function findWorld(name: string): World {
  return findByName(worlds, name);
}
