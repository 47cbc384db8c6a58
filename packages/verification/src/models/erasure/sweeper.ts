/**
 * The steps of the sweeper of the first erasure: ask the index, read the store,
 * look at the list, put the tombstone, and tell the cache. How many sweeps
 * there are, and which of them follow a wait, the production function says.
 *
 * The index lags. It has caught up with everything that had landed before a
 * wait: two sweeps are a lease apart because of that.
 */
import type { SweepPhase } from "@trilane/write-through";
import { note } from "../../engine/actions.ts";
import { spend } from "../../engine/budget.ts";
import { describe, isCoveredNow, type ModelAction, type ModelContext, personOf } from "./context.ts";
import { promise } from "./monitor.ts";
import { land, sendLatePut } from "./store.ts";
import { SWEEP_PHASE, SWEEP_STEP, type SweepPhaseCode, type SweepStep } from "./state.ts";
import { isTombstone, recordOf, versionOf } from "./values.ts";

const PHASES: readonly SweepPhase[] = ["sweeping", "confirming", "resting", "done"];
const CODES: Readonly<Record<SweepPhase, SweepPhaseCode>> = { sweeping: 1, confirming: 2, resting: 3, done: 4 };
/** Any times that differ. */
const TIMES = { leaseMs: 1, restMs: 2 };

export function sweeperActions({ world }: ModelContext): readonly ModelAction[] {
  if (!world.sweeps) return [];
  const action =
    (step: SweepStep, act: (context: ModelContext) => boolean): ModelAction =>
    (now) =>
      isUnderWay(now) && now.state.sweepStep === step && act(now);
  return [
    begin,
    action(SWEEP_STEP.wait, wait),
    action(SWEEP_STEP.ask, ask),
    action(SWEEP_STEP.read, read),
    action(SWEEP_STEP.look, look),
    action(SWEEP_STEP.put, put),
    action(SWEEP_STEP.put, losePut),
    action(SWEEP_STEP.settle, settle),
    catchUp,
    crash,
  ];
}

function isUnderWay({ state }: ModelContext): boolean {
  return state.sweepPhase !== SWEEP_PHASE.none && state.sweepPhase !== SWEEP_PHASE.done;
}

/** An entry is swept once the erasure is in force. */
function begin(context: ModelContext): boolean {
  const { state, protocol } = context;
  if (state.sweepPhase !== SWEEP_PHASE.none || state.inForce === 0) return false;
  state.sweepPhase = protocol.settings.sweeps === "never" ? SWEEP_PHASE.done : SWEEP_PHASE.sweeping;
  note(context, () => "the sweeper begins");
  return true;
}

function wait(context: ModelContext): boolean {
  const { state } = context;
  state.isIndexed = isOfSwept(context);
  state.hasLandedLate = false;
  state.sweepStep = SWEEP_STEP.ask;
  note(context, () => "the sweeper has waited");
  return true;
}

function isOfSwept(context: ModelContext): boolean {
  const { stored } = context.state;
  return !isTombstone(stored) && personOf(context, stored) === context.world.erasures[0]?.person;
}

/** The index catches up with the store. */
function catchUp(context: ModelContext): boolean {
  const { state } = context;
  const isNow = isOfSwept(context);
  if (state.isIndexed === isNow) return false;
  state.isIndexed = isNow;
  note(context, () => "the index catches up");
  return true;
}

function ask(context: ModelContext): boolean {
  const { state } = context;
  note(context, () => `the sweeper asks the index: ${state.isIndexed ? "the key" : "nothing"}`);
  if (state.isIndexed) state.sweepStep = SWEEP_STEP.read;
  else conclude(context, 0);
  return true;
}

function read(context: ModelContext): boolean {
  const { state } = context;
  note(context, () => `the sweeper reads the store: ${describe(context, state.stored)}`);
  if (isOfSwept(context) && isInEntry(context, state.stored)) {
    state.tombstone = state.stored + 1;
    state.sweepStep = SWEEP_STEP.look;
  } else conclude(context, 0);
  return true;
}

/** Whether the entry of the list covers the record, whatever followed it in the list. */
function isInEntry({ world }: ModelContext, ordinal: number): boolean {
  const until = world.erasures[0]?.until ?? 0;
  return until === "for-ever" || recordOf(ordinal) <= until;
}

/** A lift that is announced by now may uncover the record. */
function look(context: ModelContext): boolean {
  const { state, protocol, list } = context;
  const record = state.tombstone - 1;
  const known = list.of(personOf(context, record), state.last, state.inForce);
  const isSpared = !protocol.plan.remainsErased(known, versionOf(record));
  note(context, () => `the sweeper looks at the list: ${isSpared ? "a lift uncovers it" : "it is erased"}`);
  if (isSpared) conclude(context, 0);
  else state.sweepStep = SWEEP_STEP.put;
  return true;
}

function put(context: ModelContext): boolean {
  const { state } = context;
  const record = state.tombstone - 1;
  const isTaken = state.floor >= record && !isCoveredNow(context, record);
  const isStored = land(context, state.tombstone);
  note(context, () => `the sweeper puts ${describe(context, state.tombstone)}: ${isStored ? "stored" : "refused"}`);
  if (isStored && isTaken) context.violation = `the sweep removes ${describe(context, record)}, which is not erased`;
  state.sweepStep = SWEEP_STEP.settle;
  return true;
}

function losePut(context: ModelContext): boolean {
  const { state } = context;
  if (!sendLatePut(context, state.tombstone)) return false;
  note(context, () => `the sweeper's put of ${describe(context, state.tombstone)} has no answer: it may land later`);
  return true;
}

function settle(context: ModelContext): boolean {
  note(context, () => "the sweeper tells the cache");
  promise(context, context.state.tombstone);
  conclude(context, 1);
  return true;
}

function conclude(context: ModelContext, found: number): void {
  const { state, protocol } = context;
  const phase = PHASES[state.sweepPhase - 1] ?? "done";
  const before = { phase, sweeps: 0, removed: 0, sinceMs: 0, dueMs: 0 };
  const next = protocol.sweepStateAfter(before, found, 0, TIMES);
  state.sweepPhase = protocol.settings.sweeps === "once" && found === 0 ? SWEEP_PHASE.done : CODES[next.phase];
  state.sweepStep = next.dueMs > 0 ? SWEEP_STEP.wait : SWEEP_STEP.ask;
  state.tombstone = 0;
  note(context, () => `found ${found}: ${PHASES[state.sweepPhase - 1] ?? ""}`);
}

/** The state of the sweeps stands in the list, so another worker goes on. */
function crash(context: ModelContext): boolean {
  const { state } = context;
  const isInSweep = isUnderWay(context) && state.sweepStep > SWEEP_STEP.ask;
  if (!isInSweep || !spend(state, "crashesLeft")) return false;
  note(context, () => "the sweeper dies, and another begins this sweep again");
  state.sweepStep = SWEEP_STEP.ask;
  state.tombstone = 0;
  return true;
}
