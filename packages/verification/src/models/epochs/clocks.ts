/**
 * Time in the worlds with clocks. Each process has a monotonic clock and a wall
 * clock, which the world moves, and the production function for elapsed time
 * runs on them. The events of the clocks are a short list, which is a part of
 * the state; a process remembers at which events its lease and its waits began.
 *
 * Facts that no longer make a difference are forgotten: moments so long ago
 * that every lease and wait from then is over, and the time that passed for all
 * processes before everything that is remembered. So time may pass any number
 * of times.
 *
 * A process reads its clocks after every event. A process that does not may
 * miss a wall clock that was set forward and back again. This changes nothing,
 * since no time has passed.
 */
import {
  leaseMoment,
  leaseMsBetween,
  type LeaseTerms,
  type Now,
  type CacheEpoch,
  type CacheEpochKnowledge,
  type CacheEpochPlan,
  waitMoment,
  waitMsBetween,
} from "@trilane/write-through/protocol";
import { at } from "../../engine/at.ts";
import { note } from "../../engine/actions.ts";
import type { ModelAction, ModelContext } from "./context.ts";
import type { ModelTime } from "./time.ts";
import type { ProcessState, State } from "./state.ts";
import { CLOCK_EVENT_KINDS, type ClockBounds, type ClockEventKind, type World } from "./world.ts";
import type { CreateElapsedTime } from "./protocol.ts";

export const SHORT_LEASE_MS = 1_000;
export const LONG_LEASE_MS = 2_000;
/** Two of them are a little more than a short lease, and less than a wait for its end. */
const PASSES_MS = 505;
const STEP_MS = 10_000;
const ORIGIN_MS = 1_000_000;

const PROCESSES_MAX = 3;
/** A word holds the events, of four bits each, and three bits for the waits. */
export const CLOCK_EVENTS_MAX = 6;
/** Stands in place of an index: so long ago that every lease and wait from then is over. */
const LONG_AGO = 7;
const LONG_AGO_MS = 1_000_000;
/** The margin by the slowest clocks of a world. */
const MARGIN = 1.05;

interface ClockEvent {
  readonly kind: ClockEventKind;
  /** Writers have the first numbers, then readers; 0 for an event that happens to all. */
  readonly process: number;
}

/** The event in four bits; 0 is no event. */
function codeOf({ kind, process }: ClockEvent): number {
  const index = CLOCK_EVENT_KINDS.indexOf(kind);
  return index === 0 ? 1 : 2 + (index - 1) * PROCESSES_MAX + process;
}

function eventOf(code: number): ClockEvent {
  if (code === 1) return { kind: "passes", process: 0 };
  const index = code - 2;
  return { kind: at(CLOCK_EVENT_KINDS, 1 + Math.floor(index / PROCESSES_MAX)), process: index % PROCESSES_MAX };
}

/** The moments of the processes, as the function under test computes them. */
class Moments {
  readonly #bounds: ClockBounds;
  readonly #createElapsedTime: CreateElapsedTime;
  readonly #histories = new Map<number, readonly Now[]>();

  constructor(bounds: ClockBounds, createElapsedTime: CreateElapsedTime) {
    this.#bounds = bounds;
    this.#createElapsedTime = createElapsedTime;
  }

  now(state: State, process: ProcessState): Now {
    return at(this.#historyOf(state, process), state.clockEvents.length);
  }

  /** The moment after so many events. */
  at(state: State, process: ProcessState, index: number): Now {
    return index === LONG_AGO ? LONG_AGO_MOMENT : at(this.#historyOf(state, process), index);
  }

  /** The moments after each event; the first is before all events. */
  #historyOf(state: State, process: ProcessState): readonly Now[] {
    const number = numberOf(state, process);
    const key = packClockEvents(state.clockEvents) * PROCESSES_MAX + number;
    const known = this.#histories.get(key);
    if (known !== undefined) return known;
    const history = replay(state.clockEvents.map(eventOf), {
      number,
      rate: this.#bounds.rates?.[number] ?? 1,
      createElapsedTime: this.#createElapsedTime,
    });
    this.#histories.set(key, history);
    return history;
  }
}

export function createClockTime(
  bounds: ClockBounds,
  plan: CacheEpochPlan,
  createElapsedTime: CreateElapsedTime,
): ModelTime {
  const moments = new Moments(bounds, createElapsedTime);
  const horizonMs = MARGIN * (bounds.horizon === "long" ? LONG_LEASE_MS : SHORT_LEASE_MS);

  const knowledgeOf = (state: State, process: ProcessState): CacheEpochKnowledge | null => {
    const { epoch, mode, mustWait, sentIndex, learnedIndex, waitIndex } = process;
    if (epoch === 0) return null;
    return {
      cacheEpoch: { epoch, mode },
      terms: termsOf(state, bounds, epoch),
      sentAt: moments.at(state, process, sentIndex).lease,
      learnedAt: moments.at(state, process, learnedIndex).wait,
      waitsFrom: mustWait ? moments.at(state, process, waitIndex).wait : null,
    };
  };

  const forgetWhatIsOver = (state: State): void => {
    for (const process of processesOf(state)) {
      const known = knowledgeOf(state, process);
      if (known !== null) becomeOld(process, known, { now: moments.now(state, process), horizonMs });
    }
    forgetPast(state);
  };

  return {
    knowledgeOf,
    nowOf: (state, process) => moments.now(state, process),
    isFresh: (state, process) =>
      process.epoch === state.recordEpoch &&
      process.mode === state.recordMode &&
      process.sentIndex === state.clockEvents.length,
    takeIn(state, process, { epoch, mode }) {
      const now = moments.now(state, process);
      const learned = plan.learn(knowledgeOf(state, process), {
        cacheEpoch: { epoch, mode },
        terms: termsOf(state, bounds, epoch),
        sentAt: now.lease,
        receivedAt: now.wait,
      });
      keep(process, learned, { now, index: state.clockEvents.length });
      forgetWhatIsOver(state);
    },
    happened: forgetWhatIsOver,
    waitOut: () => false,
    turnOn: (state) =>
      processesOf(state).some((process) => {
        const known = knowledgeOf(state, process);
        const isOfRecord = process.epoch === state.recordEpoch && process.mode === state.recordMode;
        return isOfRecord && known !== null && plan.beforeTurnOn(known, moments.now(state, process)).next === "put";
      })
        ? "at once"
        : "not yet",
    forget() {
      throw new TypeError("no process of a world with clocks starts anew");
    },
  };
}

function termsOf(state: State, bounds: ClockBounds, epoch: number): LeaseTerms {
  return {
    leaseMs: leaseMsOf(bounds, epoch),
    waitMs: state.waitsLong[epoch - 1] === true ? LONG_LEASE_MS : SHORT_LEASE_MS,
  };
}

/** Moments with the same number keep the same number, whichever event they are taken from. */
function keep(
  process: ProcessState,
  learned: CacheEpochKnowledge,
  { now, index }: { readonly now: Now; readonly index: number },
): void {
  process.epoch = learned.cacheEpoch.epoch;
  process.mode = learned.cacheEpoch.mode;
  process.mustWait = learned.waitsFrom !== null;
  if (leaseMsBetween(learned.sentAt, now.lease) === 0) process.sentIndex = index;
  if (waitMsBetween(learned.learnedAt, now.wait) === 0) process.learnedIndex = index;
  if (learned.waitsFrom === null) process.waitIndex = 0;
  else if (waitMsBetween(learned.waitsFrom, now.wait) === 0) process.waitIndex = index;
}

/** Moments become "long ago" when everything from them is over. */
function becomeOld(
  process: ProcessState,
  known: CacheEpochKnowledge,
  { now, horizonMs }: { readonly now: Now; readonly horizonMs: number },
): void {
  if (leaseMsBetween(known.sentAt, now.lease) >= horizonMs) process.sentIndex = LONG_AGO;
  const isTurning = known.cacheEpoch.mode === "warm";
  if (!isTurning || waitMsBetween(known.learnedAt, now.wait) >= horizonMs) process.learnedIndex = LONG_AGO;
  const isWaiting = known.waitsFrom !== null && waitMsBetween(known.waitsFrom, now.wait) < horizonMs;
  if (isWaiting) return;
  process.mustWait = false;
  process.waitIndex = 0;
}

const LONG_AGO_MOMENT: Now = { lease: leaseMoment(-LONG_AGO_MS), wait: waitMoment(-LONG_AGO_MS) };

/** Sets the waits that the record of a new epoch states. */
export function stateTerms({ world, state, protocol }: ModelContext, from: CacheEpoch): void {
  const { clocks } = world;
  if (clocks === null) return;
  const before = {
    ...from,
    leaseMs: leaseMsOf(clocks, from.epoch),
    waitMs: state.waitsLong[from.epoch - 1] === true ? LONG_LEASE_MS : SHORT_LEASE_MS,
  };
  const { waitMs } = protocol.termsOfNextEpoch(before, leaseMsOf(clocks, from.epoch + 1));
  state.waitsLong[from.epoch] = waitMs === LONG_LEASE_MS;
}

export function clockActions({ world, state }: ModelContext): readonly ModelAction[] {
  const { clocks } = world;
  if (clocks === null) return [];
  const processes = clocks.of ?? processesOf(state).map((_, process) => process);
  return CLOCK_EVENT_KINDS.flatMap((kind) => {
    const most = clocks.events[kind] ?? 0;
    const concerned = kind === "passes" ? [0] : processes;
    return most === 0
      ? []
      : concerned.map(
          (process): ModelAction =>
            (context) =>
              happen(context, { kind, process }, most),
        );
  });
}

function happen(context: ModelContext, event: ClockEvent, most: number): boolean {
  const { state } = context;
  const { clockEvents } = state;
  const sofar = clockEvents.filter((code) => eventOf(code).kind === event.kind).length;
  if (sofar >= most || clockEvents.length >= CLOCK_EVENTS_MAX) return false;
  if (event.kind === "passes" && !processesOf(state).some(isWaitingForTime)) return false;
  clockEvents.push(codeOf(event));
  context.time.happened(state);
  note(context, () => describe(event, context.world));
  return true;
}

/** Whether time makes any difference to a process. */
function isWaitingForTime({ epoch, sentIndex, learnedIndex, mustWait }: ProcessState): boolean {
  return epoch !== 0 && (sentIndex !== LONG_AGO || learnedIndex !== LONG_AGO || mustWait);
}

/** Time that passed for all processes before everything that is remembered makes no difference to any clock. */
function forgetPast(state: State): void {
  const processes = processesOf(state);
  const { clockEvents } = state;
  for (;;) {
    const indices = processes.flatMap((process) => indicesOf(process));
    const earliest = Math.min(clockEvents.length, ...indices);
    const passed = clockEvents.findIndex((code, index) => index < earliest && eventOf(code).kind === "passes");
    if (passed < 0) return;
    clockEvents.splice(passed, 1);
    for (const process of processes) moveBack(process);
  }
}

function indicesOf({ epoch, sentIndex, learnedIndex, mustWait, waitIndex }: ProcessState): readonly number[] {
  if (epoch === 0) return [];
  return [sentIndex, learnedIndex, ...(mustWait ? [waitIndex] : [])].filter((index) => index !== LONG_AGO);
}

function moveBack(process: ProcessState): void {
  if (process.sentIndex !== LONG_AGO) process.sentIndex--;
  if (process.learnedIndex !== LONG_AGO) process.learnedIndex--;
  if (process.mustWait) process.waitIndex--;
}

function describe({ kind, process }: ClockEvent, { writers }: World): string {
  const name =
    process < writers.length ? `writer ${process + 1}` : `reader ${String.fromCharCode(65 + process - writers.length)}`;
  switch (kind) {
    case "passes":
      return "half a lease passes";
    case "forward":
      return `the wall clock of ${name} is set forward`;
    case "back":
      return `the wall clock of ${name} is set back`;
    case "suspended":
      return `half a lease passes, and the machine of ${name} is suspended for it`;
    case "still":
      return `half a lease passes, and all clocks of ${name} stand still`;
  }
}

/** Moves two clocks as the events say, and asks the function under test after each event. */
function replay(
  events: readonly ClockEvent[],
  process: { readonly number: number; readonly rate: number; readonly createElapsedTime: CreateElapsedTime },
): readonly Now[] {
  let monotonicMs = 0;
  let wallMs = ORIGIN_MS;
  const elapsed = process.createElapsedTime({ monotonicMs: () => monotonicMs, nowMs: () => Math.floor(wallMs) });
  const moments = [elapsed()];
  for (const event of events) {
    const isConcerned = event.kind !== "passes" && event.process === process.number;
    const passesMs = PASSES_MS * process.rate;
    if (event.kind === "forward" || event.kind === "back") {
      if (isConcerned) wallMs += event.kind === "forward" ? STEP_MS : -STEP_MS;
    } else {
      if (!isConcerned) monotonicMs += passesMs;
      if (!isConcerned || event.kind === "suspended") wallMs += passesMs;
    }
    moments.push(elapsed());
  }
  return moments;
}

export function packClockEvents(events: readonly number[]): number {
  return events.reduce((word, code, index) => word | (code << (4 * index)), 0);
}

export function unpackClockEvents(word: number, into: number[]): void {
  into.length = 0;
  for (let rest = word & 0xfffffff; rest !== 0; rest >>>= 4) into.push(rest & 15);
}

function processesOf({ writers, readers }: State): readonly ProcessState[] {
  return [...writers, ...readers];
}

function numberOf({ writers, readers }: State, process: ProcessState): number {
  const writer = (writers as readonly ProcessState[]).indexOf(process);
  return writer >= 0 ? writer : writers.length + (readers as readonly ProcessState[]).indexOf(process);
}

function leaseMsOf({ leases }: ClockBounds, epoch: number): number {
  return leases?.[epoch - 1] === "long" ? LONG_LEASE_MS : SHORT_LEASE_MS;
}
