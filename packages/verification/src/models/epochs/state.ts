/**
 * One state of a world of cache epochs. It is mutable, because a step changes
 * one working copy in place; the packed form is the one that is kept.
 *
 * A step is one request that executes, or one decision of a process that
 * depends on its lease: anything may happen between the decision and the
 * request.
 *
 * `time.ts` says how time passes, and `clocks.ts` says it for worlds with
 * clocks.
 */
import { ABSENT, type Entry, type CacheEpochMode } from "@trilane/write-through/protocol";
import { type LateCommand, NO_COMMAND } from "../late-command.ts";
import type { Register } from "../register.ts";
import type { ModelStore } from "../store.ts";
import type { ModelBody } from "../values.ts";

export interface ServerState {
  entry: Entry<ModelBody>;
  /** 0: there is no guard. */
  guardEpoch: number;
  /** Whether the guard was set under the replication id that the server has now. */
  isGuardIntact: boolean;
  /** False for a replica, which answers plain reads and refuses every script. */
  isPrimary: boolean;
}

/** The knowledge of a process, and its connection. */
export interface ProcessState {
  /** 0: the process knows no record. */
  epoch: number;
  mode: CacheEpochMode;
  hasLease: boolean;
  /**
   * Whether the process still has to wait for the end of older leases. In worlds with clocks: whether it ever had to
   * since.
   */
  mustWait: boolean;
  /** In worlds with clocks: the number of clock events after which the lease, the knowledge and the wait began. */
  sentIndex: number;
  learnedIndex: number;
  waitIndex: number;
  server: number;
  /** The store's answer that is on its way, in worlds with slow looks; epoch 0 for none. */
  seenEpoch: number;
  seenMode: CacheEpochMode;
  /** Whether a lease from the moment of the question may still be valid. */
  isSeenFresh: boolean;
}

export const WRITER_PHASE = { fence: 0, store: 1, decide: 2, publish: 3, acknowledged: 4 } as const;
export type WriterPhase = (typeof WRITER_PHASE)[keyof typeof WRITER_PHASE];

export interface WriterState extends ProcessState {
  phase: WriterPhase;
  /** The id of its fence; 0 for none, and then `holdEpoch` is the epoch that the writer knew. */
  holdId: number;
  holdEpoch: number;
  holdMode: CacheEpochMode;
  /** The store's copy when it answered the put. */
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

/** The reader's part in the cache: nothing, its own lease, or a fence or another reader's lease that it met. */
export const MET = { nothing: 0, lease: 1, fence: 2 } as const;
export type MetKind = (typeof MET)[keyof typeof MET];

export interface ReaderState extends ProcessState {
  phase: ReaderPhase;
  /** The monitor's floor when the read began. The read must not answer less. */
  startFloor: number;
  copy: number;
  met: MetKind;
  metId: number;
  /** The epoch of the reader's get. */
  metEpoch: number;
  tellEpoch: number;
  /** True: the reader settles with the entry that it met. False: it raises without an id. */
  tellsMet: boolean;
}

/** A late command on its way to one of the servers. */
export interface ServerCommand extends LateCommand {
  server: number;
}

export const NO_SERVER_COMMAND: ServerCommand = { ...NO_COMMAND, server: 0 };

export interface State extends ModelStore, Register {
  stored: number;
  recordEpoch: number;
  recordMode: CacheEpochMode;
  /** The server that new connections go to. */
  official: number;
  /** Whether the guard of the record's epoch is still to be set. */
  owesGuard: boolean;
  /** Whether the process that set the guard got the answer. */
  hasSeenGuard: boolean;
  /** A guard on its way; epoch 0 for none. */
  lateGuardEpoch: number;
  lateGuardServer: number;
  crashesLeft: number;
  flushesLeft: number;
  failoversLeft: number;
  latePutsLeft: number;
  lateCommandsLeft: number;
  /** In worlds with clocks: the events of the clocks, oldest first, in the code of `clocks.ts`. */
  readonly clockEvents: number[];
  /** In worlds with clocks: for each epoch, whether its record makes all processes wait for a long lease. */
  readonly waitsLong: boolean[];
  readonly servers: ServerState[];
  readonly writers: WriterState[];
  readonly readers: ReaderState[];
  readonly late: ServerCommand[];
}

export interface StateShape {
  readonly writers: number;
  readonly readers: number;
  readonly lateSlots: number;
  readonly hasClocks: boolean;
}

export const SERVERS = 2;
export const EPOCHS_MAX = 3;

export function createState(shape: StateShape): State {
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
