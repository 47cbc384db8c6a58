/** The values that every step works on, and the steps that all processes take: looks, and what they learn. */
import {
  type Erasure,
  enforceErasure,
  type ErasureInForce,
  type SubjectErasures,
} from "@trilane/write-through/protocol";
import { note, type Action } from "../../engine/actions.ts";
import { at } from "../../engine/at.ts";
import type { SearchContext } from "../../engine/search-space.ts";
import type { ProtocolUnderTest } from "./protocol.ts";
import type { ProcessState, State } from "./state.ts";
import { describeOrdinal, digestOf, erasureOf, isTombstone, type Person, recordOf } from "./values.ts";
import type { World } from "./world.ts";

export interface ModelContext extends SearchContext {
  readonly world: World;
  readonly protocol: ProtocolUnderTest;
  readonly list: ErasureTable;
  readonly state: State;
}

export type ModelAction = Action<ModelContext>;

/** The knowledge about a person of a process that knows the list up to `last`, and `inForce` of it as in force. */
export interface ErasureTable {
  readonly of: (person: Person, last: number, inForce: number) => SubjectErasures;
  /** A process with digests of another key finds nothing. */
  readonly nothing: SubjectErasures;
}

const NOTHING: SubjectErasures = { inForce: null, announced: [] };
const NUMBERS = 4;

export function createErasureTable({ erasures }: World): ErasureTable {
  const entries = erasures.map((erasure, index) => erasureOf(erasure, index + 1));
  const tables = new Map<Person, readonly SubjectErasures[]>(
    (["S", "T"] as const).map((person) => [
      person,
      Array.from({ length: NUMBERS * NUMBERS }, (_, index) =>
        knownOf(person, entries, { last: Math.floor(index / NUMBERS), inForce: index % NUMBERS }),
      ),
    ]),
  );
  return {
    of: (person, last, inForce) => at(tables.get(person) ?? [], last * NUMBERS + inForce),
    nothing: NOTHING,
  };
}

function knownOf(
  person: Person,
  entries: readonly Erasure[],
  { last, inForce }: { readonly last: number; readonly inForce: number },
): SubjectErasures {
  const own = entries.filter(({ subject, number }) => subject === digestOf(person) && number <= last);
  let enforced: ErasureInForce | null = null;
  for (const erasure of own) if (erasure.number <= inForce) enforced = enforceErasure(enforced, erasure);
  return { inForce: enforced, announced: own.filter(({ number }) => number > inForce) };
}

export function personOf({ world }: ModelContext, ordinal: number): Person {
  return at(world.persons, recordOf(ordinal) - 1);
}

/** Whether an erasure that is in force now covers the record. */
export function isCoveredNow(context: ModelContext, ordinal: number, inForce: number = context.state.inForce): boolean {
  if (isTombstone(ordinal)) return false;
  const { inForce: enforced } = context.list.of(personOf(context, ordinal), context.state.last, inForce);
  return enforced !== null && recordOf(ordinal) <= enforced.untilUs;
}

/** The process asks for the record of the cache epoch, which holds the numbers of the list. */
export function look(context: ModelContext, process: ProcessState, name: string): boolean {
  if (process.isLooking || !isWorthALook(context, process)) return false;
  ask(context, process, name);
  if (!context.world.slowLooks) takeIn(process);
  return true;
}

/** A look of which nothing comes is no step. */
function isWorthALook({ state }: ModelContext, process: ProcessState): boolean {
  return !process.isOpen || !process.hasLease || process.last < state.last || process.inForce < state.inForce;
}

export function ask(context: ModelContext, process: ProcessState, name: string): void {
  const { last, inForce } = context.state;
  note(context, () => `${name} looks: ${last} announced, ${inForce} in force`);
  process.isLooking = true;
  process.seenLast = last;
  process.seenInForce = inForce;
  process.isSeenFresh = true;
}

export function receive(context: ModelContext, process: ProcessState, name: string): boolean {
  if (!process.isLooking) return false;
  takeIn(process);
  note(context, () => `${name} has the answer to its look`);
  return true;
}

/** As the keeper does: the list first, and then the lease. */
export function takeIn(process: ProcessState): void {
  process.isOpen = true;
  process.last = Math.max(process.last, process.seenLast);
  process.inForce = Math.max(process.inForce, process.seenInForce);
  process.hasLease ||= process.isSeenFresh;
  forgetLook(process);
}

function forgetLook(process: ProcessState): void {
  process.isLooking = false;
  process.seenLast = 0;
  process.seenInForce = 0;
  process.isSeenFresh = false;
}

/** A process that starts knows nothing. */
export function forget(process: ProcessState): void {
  process.isOpen = false;
  process.last = 0;
  process.inForce = 0;
  process.hasLease = false;
  forgetLook(process);
}

/** The way of a mutant: the process puts the record of the cache epoch, and takes the answer for a lease. */
export function renewByPut(context: ModelContext, process: ProcessState, name: string): boolean {
  if (context.protocol.settings.leases !== "by-put" || !process.isOpen || process.hasLease) return false;
  process.hasLease = true;
  note(context, () => `${name} puts the record of the cache epoch, which renews its lease`);
  return true;
}

export function describe({ world }: ModelContext, ordinal: number): string {
  return describeOrdinal(ordinal, world.persons);
}
