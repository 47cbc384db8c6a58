/**
 * One state of a world of cache epochs. Mutable, because a step changes a scratch
 * state in place; the packed form is the one that is kept.
 *
 * A step is one request that executes, or one decision of a process that rests
 * on its lease: between the decision and the request anything may happen.
 *
 * How time passes is in `time.ts`, and in `clocks.ts` for worlds with clocks.
 */
import { ABSENT, type Entry, type CacheEpochMode } from "@trilane/write-through/protocol";
import { type LateCommand, NO_COMMAND } from "../late-command.ts";
import type { Register } from "../register.ts";
import type { ModelStore } from "../store.ts";
import type { ModelBody } from "../values.ts";

export interface ServerState {
  entry: Entry<ModelBody>;
  /** 0 for no guard. */
  guardEpoch: number;
  /** Whether the guard was set under the replication id that the server has now. */
  isGuardIntact: boolean;
  /** Otherwise a replica: it answers plain reads and refuses every script. */
  isPrimary: boolean;
}

/** What a process knows and where it is connected. */
export interface ProcessState {
  /** 0: it knows no record. */
  epoch: number;
  mode: CacheEpochMode;
  hasLease: boolean;
  /** Whether it still has to wait for the end of older leases. In worlds with clocks: whether it had to, ever since. */
  mustWait: boolean;
  /** In worlds with clocks: after how many events of the clocks the lease, the knowledge and the wait began. */
  sentIndex: number;
  learnedIndex: number;
  waitIndex: number;
  server: number;
  /** An answer of the store on its way, in worlds with slow looks; epoch 0 for none. */
  seenEpoch: number;
  seenMode: CacheEpochMode;
  /** Whether a lease from when the question was sent may still be valid. */
  isSeenFresh: boolean;
}

export const WRITER_PHASE = { fence: 0, store: 1, decide: 2, publish: 3, acknowledged: 4 } as const;
export type WriterPhase = (typeof WRITER_PHASE)[keyof typeof WRITER_PHASE];

export interface WriterState extends ProcessState {
  phase: WriterPhase;
  /** The fence that it holds: 0 for none, then `holdEpoch` is the epoch that it knew. */
  holdId: number;
  holdEpoch: number;
  holdMode: CacheEpochMode;
  /** What the store held when it answered the put. */
  copy: number;
  publishEpoch: number;
  publishesHold: boolean;
  publishMayKeep: boolean;
  publishIsOfEpoch: boolean;
}

export const READER_PHASE = {
  idle: 0,
  checkedFirst: 1,
  got: 2,
  hit: 3,
  lease: 4,
  readStore: 5,
  decide: 6,
  settle: 7,
} as const;
export type ReaderPhase = (typeof READER_PHASE)[keyof typeof READER_PHASE];

/** What the reader has from the cache: nothing, its lease, or a fence or another's lease that it met. */
export const MET = { nothing: 0, lease: 1, fence: 2 } as const;
export type MetKind = (typeof MET)[keyof typeof MET];

export interface ReaderState extends ProcessState {
  phase: ReaderPhase;
  /** The monitor's floor when the read began: it must not answer less. */
  startFloor: number;
  copy: number;
  met: MetKind;
  metId: number;
  /** The epoch of its get. */
  metEpoch: number;
  tellEpoch: number;
  /** Whether it tells the cache under what it met; otherwise it raises without an id. */
  tellsMet: boolean;
}

/** A late command on its way to one of the servers. */
export interface ServerCommand extends LateCommand {
  server: number;
}

export const NO_SERVER_COMMAND: ServerCommand = { ...NO_COMMAND, server: 0 };

export interface CacheEpochState extends ModelStore, Register {
  stored: number;
  recordEpoch: number;
  recordMode: CacheEpochMode;
  /** The server that new connections go to. */
  official: number;
  /** Whether the guard of the record's epoch is still to be set. */
  owesGuard: boolean;
  /** Whether whoever set it had the answer. */
  hasSeenGuard: boolean;
  /** A guard on its way; epoch 0 for none. */
  lateGuardEpoch: number;
  lateGuardServer: number;
  crashesLeft: number;
  flushesLeft: number;
  failoversLeft: number;
  latePutsLeft: number;
  lateCommandsLeft: number;
  /** In worlds with clocks: what happened to them, oldest first, as `clocks.ts` codes it. */
  readonly clockEvents: number[];
  /** In worlds with clocks: of each epoch, whether its record has everybody wait for a long lease. */
  readonly waitsLong: boolean[];
  readonly servers: ServerState[];
  readonly writers: WriterState[];
  readonly readers: ReaderState[];
  readonly late: ServerCommand[];
}

export interface CacheEpochShape {
  readonly writers: number;
  readonly readers: number;
  readonly lateSlots: number;
  readonly hasClocks: boolean;
}

export const SERVERS = 2;
export const EPOCHS_MAX = 3;

export function createCacheEpochState(shape: CacheEpochShape): CacheEpochState {
  return {
    recordEpoch: 1,
    recordMode: "on",
    official: 0,
    owesGuard: false,
    hasSeenGuard: false,
    lateGuardEpoch: 0,
    lateGuardServer: 0,
    stored: 0,
    floor: 0,
    latePuts: 0,
    crashesLeft: 0,
    flushesLeft: 0,
    failoversLeft: 0,
    latePutsLeft: 0,
    lateCommandsLeft: 0,
    clockEvents: [],
    waitsLong: Array.from({ length: EPOCHS_MAX }, () => false),
    servers: Array.from({ length: SERVERS }, createServer),
    writers: Array.from({ length: shape.writers }, createWriter),
    readers: Array.from({ length: shape.readers }, createReader),
    late: Array.from({ length: shape.lateSlots }, () => ({ ...NO_SERVER_COMMAND })),
  };
}

function createServer(_: unknown, index: number): ServerState {
  return { entry: ABSENT, guardEpoch: 1, isGuardIntact: true, isPrimary: index === 0 };
}

function createProcess(): ProcessState {
  return {
    epoch: 1,
    mode: "on",
    hasLease: true,
    mustWait: false,
    sentIndex: 0,
    learnedIndex: 0,
    waitIndex: 0,
    server: 0,
    seenEpoch: 0,
    seenMode: "off",
    isSeenFresh: false,
  };
}

function createWriter(): WriterState {
  return {
    ...createProcess(),
    phase: WRITER_PHASE.fence,
    holdId: 0,
    holdEpoch: 0,
    holdMode: "off",
    copy: 0,
    publishEpoch: 0,
    publishesHold: false,
    publishMayKeep: false,
    publishIsOfEpoch: false,
  };
}

function createReader(): ReaderState {
  return {
    ...createProcess(),
    phase: READER_PHASE.idle,
    startFloor: 0,
    copy: 0,
    met: MET.nothing,
    metId: 0,
    metEpoch: 0,
    tellEpoch: 0,
    tellsMet: false,
  };
}
