/**
 * The specification: a max-register whose present record counts as none while
 * an erasure in force covers it. An erasure is an operation that takes effect at
 * the moment when it comes into force.
 *
 * A read that answers a record must have a moment, from its first request to
 * its answer, at which the store held it and no erasure in force covered it,
 * and it must not be older than what was acknowledged or answered before it
 * began. A read that answers none must have a moment at which none was true.
 */
import { note } from "../../engine/actions.ts";
import { describe, isCoveredNow, type ModelContext, personOf } from "./context.ts";
import { READER_PHASE, type ReaderState, SWEEP_PHASE, SWEEP_STEP } from "./state.ts";
import { isTombstone, ordinalOfRecord, recordOf } from "./values.ts";

/** To call after every step. */
export function observe(context: ModelContext): void {
  const { state } = context;
  if (state.readers.every(({ phase }) => phase === READER_PHASE.idle)) return;
  const uncovered = uncoveredNow(context);
  const couldBeNone = couldBeNoneNow(context);
  for (const reader of state.readers) {
    if (reader.phase === READER_PHASE.idle) continue;
    reader.uncovered |= uncovered;
    reader.couldBeNone ||= couldBeNone;
  }
}

export function beginRead(context: ModelContext, reader: ReaderState): void {
  reader.startFloor = context.state.floor;
  reader.uncovered = uncoveredNow(context);
  reader.couldBeNone = couldBeNoneNow(context);
}

/** @param shown the ordinal of the copy that is answered; 0 for none */
export function answerRead(context: ModelContext, reader: ReaderState, shown: number): void {
  const answer = isTombstone(shown) ? 0 : shown;
  note(context, () => `answers ${describe(context, answer)}`);
  context.violation = objectionTo(context, reader, answer);
  promise(context, reader.copy);
  reader.phase = READER_PHASE.idle;
  reader.asOf = 0;
  reader.copy = 0;
  reader.startFloor = 0;
  reader.uncovered = 0;
  reader.couldBeNone = false;
}

function objectionTo(context: ModelContext, reader: ReaderState, answer: number): string | null {
  if (answer === 0) return reader.couldBeNone ? null : "a read answers none, which was true at no moment of it";
  const name = describe(context, answer);
  if (answer < reader.startFloor) {
    const newer = describe(context, reader.startFloor);
    return `a read answers ${name}, although ${newer} was acknowledged or answered before it began`;
  }
  if (!isSetIn(reader.uncovered, answer)) {
    return `a read answers ${name}, which an erasure covers that was in force before it began`;
  }
  return null;
}

function isSetIn(records: number, ordinal: number): boolean {
  return (records & (1 << (recordOf(ordinal) - 1))) !== 0;
}

function uncoveredNow(context: ModelContext): number {
  const { world } = context;
  let records = 0;
  for (let record = 1; record <= world.persons.length; record++) {
    if (!counts(context, ordinalOfRecord(record))) records |= 1 << (record - 1);
  }
  return records;
}

/** Every write takes effect at some moment from its landing to the first acknowledgement or answer that tells of it. */
function couldBeNoneNow(context: ModelContext): boolean {
  const { floor, stored, landed } = context.state;
  for (let ordinal = floor; ordinal <= stored; ordinal++) {
    if ((landed & (1 << ordinal)) === 0) continue;
    if (isTombstone(ordinal) || isCoveredNow(context, ordinal)) return true;
  }
  return false;
}

function counts(context: ModelContext, ordinal: number): boolean {
  const { world, state } = context;
  if (world.counts === "swept" && state.sweepPhase < SWEEP_PHASE.resting) return false;
  return isCoveredNow(context, ordinal);
}

/** Nobody may answer less from now on. The cache gives no copy below it any more. */
export function promise(context: ModelContext, ordinal: number): void {
  const { state } = context;
  if (state.floor >= ordinal) return;
  state.floor = ordinal;
  if (state.cached !== 0 && state.cached - 1 < ordinal) state.cached = 0;
}

/** A receipt that is not `erased`, for the record and all that lost to it. */
export function acknowledge(context: ModelContext, promised: number): void {
  const { state } = context;
  note(context, () => `acknowledges ${describe(context, promised)}`);
  if ((state.landed & (1 << promised)) === 0) {
    context.violation = `${describe(context, promised)} is acknowledged, and the store has never held it`;
  }
  promise(context, promised);
}

/** A receipt `erased`. */
export function refuse(context: ModelContext, ordinal: number): void {
  const { state, world, list } = context;
  note(context, () => `refuses ${describe(context, ordinal)} as erased`);
  const { inForce, announced } = list.of(personOf(context, ordinal), state.last, state.inForce);
  const isErased = inForce !== null || announced.some(({ kind }) => kind === "erase");
  if (!isErased) context.violation = `${describe(context, ordinal)} is lost: refused as erased, and it is not`;
  else if (world.sparesOthers) objectToLostOthers(context, ordinal);
}

/** The refused record was stored, and another person's record that was acknowledged is no longer there. */
function objectToLostOthers(context: ModelContext, ordinal: number): void {
  const { state } = context;
  const { floor, stored } = state;
  if (isTombstone(floor) || stored !== ordinal || personOf(context, floor) === personOf(context, ordinal)) return;
  context.violation = `${describe(context, floor)} was acknowledged, and is lost to ${describe(context, ordinal)}, which is refused`;
}

/** A payload that no sweep will remove any more, although it landed before the last of them began to wait. */
export function findLeftPayload(context: ModelContext): string | null {
  const { stored, sweepPhase, sweepStep, hasLandedLate } = context.state;
  const isAtRest = sweepPhase === SWEEP_PHASE.resting && sweepStep === SWEEP_STEP.wait;
  if (!isAtRest && sweepPhase !== SWEEP_PHASE.done) return null;
  if (hasLandedLate || !isSwept(context, stored) || isLifted(context, stored)) return null;
  return `the sweeps found nothing more, and the store holds ${describe(context, stored)}`;
}

/** Whether an erasure covers the record now, and a lift that is announced will uncover it. */
function isLifted(context: ModelContext, ordinal: number): boolean {
  return !isCoveredNow(context, ordinal, context.state.last);
}

/** Whether the first erasure of the list, which the sweeper sweeps, covers the record. */
export function isSwept(context: ModelContext, ordinal: number): boolean {
  const [swept] = context.world.erasures;
  if (swept === undefined || isTombstone(ordinal) || personOf(context, ordinal) !== swept.person) return false;
  const isUntil = swept.until === "for-ever" || recordOf(ordinal) <= swept.until;
  return isUntil && isCoveredNow(context, ordinal);
}
