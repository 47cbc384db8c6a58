/**
 * What every step of the model works on, and what processes of both kinds do:
 * look at the record, wait, connect again, and send commands to a server.
 */
import {
  type Entry,
  leaseMoment,
  leaseMsBetween,
  type LeaseTerms,
  type Now,
  type Regime,
  type RegimeKnowledge,
  type RegimePlan,
  waitMoment,
} from "@trilane/write-through/protocol";
import type { SearchContext } from "../explorer/search-space.ts";
import { at, ordinalOf, type ModelBody } from "../explorer/values.ts";
import type { RegimeProtocol } from "./regime-protocol.ts";
import { LATE_KIND, type LateCommand, type ProcessState, type RegimeState, type ServerState } from "./regime-state.ts";
import { ANY_NUMBER, type RegimeWorld } from "./regime-world.ts";

export interface RegimeContext extends SearchContext {
  readonly world: RegimeWorld;
  readonly protocol: RegimeProtocol;
  readonly plan: RegimePlan;
  readonly state: RegimeState;
}

/** A step that may be possible: false when it is not, and then nothing was changed. */
export type RegimeAction = (context: RegimeContext) => boolean;

/** The time of every step: leases are valid or over, waits are over or not. */
const NOW_MS = 10_000;
const LEASE_MS = 1_000;
export const TERMS: LeaseTerms = { leaseMs: LEASE_MS, waitMs: LEASE_MS };
export const NOW: Now = { lease: leaseMoment(NOW_MS), wait: waitMoment(NOW_MS) };
/** So long ago that a lease from then is over. */
const ONE_LEASE_AGO = leaseMoment(NOW_MS - LEASE_MS);
/** So long ago that a wait from then is over, by the slowest clock. */
export const LONG_AGO = waitMoment(0);

export function recordOf(state: RegimeState): Regime {
  return { epoch: state.recordEpoch, mode: state.recordMode };
}

/** Null before its first record. */
export function knowledgeOf(process: ProcessState): RegimeKnowledge | null {
  const { epoch, mode, hasLease, mustWait } = process;
  if (epoch === 0) return null;
  return {
    regime: { epoch, mode },
    terms: TERMS,
    sentAt: hasLease ? NOW.lease : ONE_LEASE_AGO,
    learnedAt: NOW.wait,
    waitsFrom: mustWait ? NOW.wait : null,
  };
}

/** The process reads the record, or has put it itself. In worlds with slow looks the answer takes a while. */
export function look(context: RegimeContext, process: ProcessState, name: string): boolean {
  const { state, world } = context;
  const record = recordOf(state);
  const isCurrent = process.epoch === record.epoch && process.mode === record.mode;
  if ((isCurrent && process.hasLease) || process.seenEpoch !== 0) return false;
  note(context, () => `${name} looks at the regime: ${describeRegime(record)}`);
  process.seenEpoch = record.epoch;
  process.seenMode = record.mode;
  process.isSeenFresh = true;
  if (!world.slowLooks) takeIn(context, process);
  return true;
}

/** The answer to a look arrives. */
export function receiveLook(context: RegimeContext, process: ProcessState, name: string): boolean {
  if (process.seenEpoch === 0) return false;
  takeIn(context, process);
  note(context, () => `${name} has the answer to its look, and knows ${describeRegime(process)}`);
  return true;
}

function takeIn(context: RegimeContext, process: ProcessState): void {
  const learned = context.plan.learn(knowledgeOf(process), {
    regime: { epoch: process.seenEpoch, mode: process.seenMode },
    terms: TERMS,
    sentAt: process.isSeenFresh ? NOW.lease : ONE_LEASE_AGO,
    receivedAt: NOW.wait,
  });
  process.epoch = learned.regime.epoch;
  process.mode = learned.regime.mode;
  process.hasLease = leaseMsBetween(learned.sentAt, NOW.lease) === 0;
  process.mustWait = learned.waitsFrom !== null;
  forgetLook(process);
}

function forgetLook(process: ProcessState): void {
  process.seenEpoch = 0;
  process.seenMode = "off";
  process.isSeenFresh = false;
}

/** One lease passes: every lease on an older epoch than the process knows is over. */
export function waitOneLease(context: RegimeContext, process: ProcessState, name: string): void {
  const { epoch } = process;
  process.mustWait = false;
  endLeases(context.state, (regime) => regime.epoch < epoch);
  note(context, () => `${name} has waited one lease: leases of epochs before ${epoch} are over`);
}

export function endLeases(state: RegimeState, isOver: (regime: Regime) => boolean): void {
  for (const writer of state.writers) endLease(writer, isOver);
  for (const reader of state.readers) endLease(reader, isOver);
}

function endLease(process: ProcessState, isOver: (regime: Regime) => boolean): void {
  if (isOver(process)) process.hasLease = false;
  if (isOver({ epoch: process.seenEpoch, mode: process.seenMode })) process.isSeenFresh = false;
}

/** Its connection broke, and a new one goes to where clients are sent. */
export function connectAgain(context: RegimeContext, process: ProcessState, name: string): boolean {
  const { official } = context.state;
  if (process.server === official) return false;
  process.server = official;
  note(context, () => `${name} connects to server ${official + 1}`);
  return true;
}

/** A process that starts knows nothing. */
export function forget(context: RegimeContext, process: ProcessState): void {
  process.epoch = 0;
  process.mode = "off";
  process.hasLease = false;
  process.mustWait = false;
  process.server = context.state.official;
  forgetLook(process);
}

export function serverOf(context: RegimeContext, process: ProcessState): ServerState {
  return at(context.state.servers, process.server);
}

/** Whether the server runs a script of `epoch`. */
export function admits(context: RegimeContext, server: ServerState, epoch: number): boolean {
  const { guard } = context.protocol;
  if (!server.isPrimary && guard.replicas === "refuse") return false;
  switch (guard.names) {
    case "nothing":
      return true;
    case "epoch":
      return server.guardEpoch === epoch;
    case "epoch-and-replication":
      return server.guardEpoch === epoch && server.isGuardIntact;
  }
}

export function landPut(state: RegimeState, version: number): void {
  if (state.stored < version) state.stored = version;
  // A put not above the stored version can change nothing any more.
  state.latePuts &= ~((1 << state.stored) - 1);
}

type Budget = "crashesLeft" | "flushesLeft" | "failoversLeft" | "latePutsLeft" | "lateCommandsLeft";

/** Takes one from a budget of the state; false when it is used up. */
export function spend(state: RegimeState, budget: Budget): boolean {
  if (state[budget] === 0) return false;
  if (state[budget] !== ANY_NUMBER) state[budget]--;
  return true;
}

/** Leaves a command on its way; false when no more may be. */
export function sendLate(context: RegimeContext, command: LateCommand): boolean {
  const slot = context.state.late.find((candidate) => candidate.kind === LATE_KIND.none);
  if (slot === undefined || !spend(context.state, "lateCommandsLeft")) return false;
  Object.assign(slot, command);
  return true;
}

/** Tells the story of the step; the text is only made where somebody listens. */
export function note(context: RegimeContext, text: () => string): void {
  context.notes?.push(text());
}

export function describeRegime({ epoch, mode }: Regime): string {
  return `epoch ${epoch} ${mode}`;
}

export function describeEntry(entry: Entry<ModelBody>): string {
  switch (entry.state) {
    case "absent":
    case "foreign":
      return entry.state;
    case "clean":
      return `clean(${ordinalOf(entry.copy.version)}, epoch ${entry.epoch})`;
    case "fence":
      return `fence(#${entry.id}, up to ${ordinalOf(entry.pending)}, epoch ${entry.epoch})`;
    case "lease":
      return `lease(#${entry.token}, floor ${ordinalOf(entry.floor)}, epoch ${entry.epoch})`;
  }
}
