/**
 * One state of a world: the store, the cache, every writer and reader, the
 * commands and puts on their way, and the monitor's floor. It is mutable,
 * because a step changes one working copy in place; the packed form is the one
 * that is kept.
 *
 * A step is one request that executes. A request that waits before it executes
 * is the same as a step that is taken later, and an answer that waits is the
 * same as a next step that is taken later. A lost answer is a late request that
 * executes at once.
 */
import { ABSENT, type Entry } from "@trilane/write-through/protocol";
import { type LateCommand, NO_COMMAND } from "../late-command.ts";
import type { Register } from "../register.ts";
import type { ModelStore } from "../store.ts";
import type { ModelBody } from "../values.ts";

export interface KeyState extends ModelStore, Register {
  stored: number;
  entry: Entry<ModelBody>;
  /** 1 + the ordinal that a lagging copy of the store still shows; 0 when it does not lag. */
  laggingStore: number;
  /** 1 + the ordinal that a copy of the cache still shows; 0 when it does not lag. */
  laggingCache: number;
}

export const ITEM_PHASE = { fence: 0, store: 1, publish: 2, acknowledged: 3, abandoned: 4 } as const;
export type ItemPhase = (typeof ITEM_PHASE)[keyof typeof ITEM_PHASE];

/** One key of a writer's batch. */
export interface ItemState {
  phase: ItemPhase;
  /** The id of its fence. */
  holdId: number;
  replacedClean: boolean;
  /** The copy that it is about to publish. */
  copy: number;
  keep: boolean;
  /** The version that an acknowledgement promises: its own, or the one that superseded it. */
  promise: number;
  /** The id of its next fence, if it was chosen before; 0 for a new one. */
  chosenId: number;
}

export const READER_PHASE = { idle: 0, lease: 1, readStore: 2, settle: 3, heal: 4 } as const;
export type ReaderPhase = (typeof READER_PHASE)[keyof typeof READER_PHASE];

/** How the reader settles: not at all (without a cache), by a fill, or by a raise (id 0: it met no fence). */
export const SETTLE_WITH = { nothing: 0, fill: 1, raise: 2 } as const;
export type SettleWith = (typeof SETTLE_WITH)[keyof typeof SETTLE_WITH];

export interface ReaderState {
  phase: ReaderPhase;
  readsLeft: number;
  key: number;
  /** The monitor's floor when the read began. The read must not answer less. */
  startFloor: number;
  settleWith: SettleWith;
  /** The id of the fence that the reader met, or the token of its lease. */
  id: number;
  copy: number;
}

/** A late command for one of the keys. */
export interface KeyCommand extends LateCommand {
  key: number;
}

export const NO_KEY_COMMAND: KeyCommand = { ...NO_COMMAND, key: 0 };

/** The cache is on in epoch 0, then off, then on again in epoch 1. All processes know it at once. */
export const MODE = { on: 0, off: 1, onAgain: 2 } as const;
export type Mode = (typeof MODE)[keyof typeof MODE];

export interface State {
  readonly keys: KeyState[];
  readonly items: ItemState[];
  readonly readers: ReaderState[];
  readonly late: KeyCommand[];
  crashesLeft: number;
  latePutsLeft: number;
  lateCommandsLeft: number;
  mode: Mode;
}

export interface StateShape {
  readonly keys: number;
  readonly items: number;
  readonly readers: number;
  readonly lateSlots: number;
}

export function createState(shape: StateShape): State {
  return {
    keys: Array.from({ length: shape.keys }, createKey),
    items: Array.from({ length: shape.items }, createItem),
    readers: Array.from({ length: shape.readers }, createReader),
    late: Array.from({ length: shape.lateSlots }, () => ({ ...NO_KEY_COMMAND })),
    crashesLeft: 0,
    latePutsLeft: 0,
    lateCommandsLeft: 0,
    mode: MODE.on,
  };
}

function createKey(): KeyState {
  return { stored: 0, entry: ABSENT, floor: 0, latePuts: 0, laggingStore: 0, laggingCache: 0 };
}

function createItem(): ItemState {
  return {
    phase: ITEM_PHASE.fence,
    holdId: 0,
    replacedClean: false,
    copy: 0,
    keep: false,
    promise: 0,
    chosenId: 0,
  };
}

function createReader(): ReaderState {
  return {
    phase: READER_PHASE.idle,
    readsLeft: 0,
    key: 0,
    startFloor: 0,
    settleWith: SETTLE_WITH.nothing,
    id: 0,
    copy: 0,
  };
}
