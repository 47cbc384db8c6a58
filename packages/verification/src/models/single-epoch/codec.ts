/**
 * Packs a state into a few 32-bit words: one for the budgets, one for each key,
 * batch item, reader and late command. Packing is exact, so two states are
 * merged only when they are the same, or symmetric:
 *
 * - Ids and tokens are renamed. The protocol only ever compares an id with the
 *   one in the entry. So three kinds differ: the id that is there, those that a
 *   command still on its way may put there again, and all others.
 * - Readers, late commands, and writers of the same records are sorted, because
 *   it makes no difference which of them is in which situation.
 */
import { decodeEntry, encodeEntry, instanceOf, renamedEntry } from "../entry-codec.ts";
import {
  ITEM_PHASE,
  READER_PHASE,
  type ItemPhase,
  type ItemState,
  type KeyState,
  type KeyCommand,
  type Mode,
  type ReaderPhase,
  type ReaderState,
  type SettleWith,
  type State,
  type StateShape,
} from "./state.ts";
import { LATE_KIND, type LateKind } from "../late-command.ts";
import { at } from "../../engine/at.ts";
import { bit, isSet, sortRun, type Runs } from "../../engine/packing.ts";
import type { StateCodec } from "../../engine/search-space.ts";

/** The id that is in the entry, and all ids that can never be there again. */
const PRESENT = 1;
const GONE = 2;
const FIRST_RETURNING = 3;

export interface CodecWorld {
  readonly shape: StateShape;
  /** The key of each batch item. */
  readonly itemKeys: readonly number[];
  /** Runs of items that belong to interchangeable writers of one item each: [first, last]. */
  readonly twins: Runs;
}

export function createStateCodec(world: CodecWorld): StateCodec<State> {
  const { keys, items, readers, lateSlots } = world.shape;
  const firstItem = 1 + keys;
  const firstReader = firstItem + items;
  const firstLate = firstReader + readers;
  const words = firstLate + lateSlots;

  return {
    words,

    encode(state, into) {
      renameIds(state, world.itemKeys);
      into[0] = state.crashesLeft | (state.latePutsLeft << 4) | (state.lateCommandsLeft << 8) | (state.mode << 12);
      for (let index = 0; index < keys; index++) into[1 + index] = packKey(at(state.keys, index));
      for (let index = 0; index < items; index++) {
        into[firstItem + index] = packItem(at(state.items, index));
      }
      for (let index = 0; index < readers; index++) {
        into[firstReader + index] = packReader(at(state.readers, index));
      }
      for (let index = 0; index < lateSlots; index++) {
        into[firstLate + index] = packLate(at(state.late, index));
      }
      for (const [first, last] of world.twins) sortRun(into, firstItem + first, firstItem + last + 1);
      sortRun(into, firstReader, firstLate);
      sortRun(into, firstLate, words);
    },

    decode(from, into) {
      const budgets = at(from, 0);
      into.crashesLeft = budgets & 15;
      into.latePutsLeft = (budgets >>> 4) & 15;
      into.lateCommandsLeft = (budgets >>> 8) & 15;
      into.mode = ((budgets >>> 12) & 15) as Mode;
      for (let index = 0; index < keys; index++) {
        unpackKey(at(from, 1 + index), at(into.keys, index));
      }
      for (let index = 0; index < items; index++) {
        unpackItem(at(from, firstItem + index), at(into.items, index));
      }
      for (let index = 0; index < readers; index++) {
        unpackReader(at(from, firstReader + index), at(into.readers, index));
      }
      for (let index = 0; index < lateSlots; index++) {
        unpackLate(at(from, firstLate + index), at(into.late, index));
      }
    },
  };
}

function renameIds(state: State, itemKeys: readonly number[]): void {
  for (let key = 0; key < state.keys.length; key++) {
    const keyState = at(state.keys, key);
    const present = instanceOf(keyState.entry);
    const returning: number[] = [];
    collectReturning(state, itemKeys, { key, present, returning });
    const rename = (id: number): number => {
      if (id === 0) return 0;
      if (id === present) return PRESENT;
      const position = returning.indexOf(id);
      return position === -1 ? GONE : FIRST_RETURNING + position;
    };
    renameHolders(state, itemKeys, { key, rename });
    keyState.entry = renamedEntry(keyState.entry, PRESENT);
  }
}

/** The ids and tokens that a late command, or one that is sent again, can put back into the entry. */
function collectReturning(
  state: State,
  itemKeys: readonly number[],
  scan: { readonly key: number; readonly present: number; readonly returning: number[] },
): void {
  const note = (id: number): void => {
    if (id !== 0 && id !== scan.present && !scan.returning.includes(id)) scan.returning.push(id);
  };
  for (let index = 0; index < state.items.length; index++) {
    if (itemKeys[index] === scan.key) note(at(state.items, index).chosenId);
  }
  for (const reader of state.readers) {
    if (reader.phase === READER_PHASE.lease && reader.key === scan.key) note(reader.id);
  }
  for (const command of state.late) {
    const canReturn = command.kind === LATE_KIND.fence || command.kind === LATE_KIND.lease;
    if (canReturn && command.key === scan.key) note(command.id);
  }
}

function renameHolders(
  state: State,
  itemKeys: readonly number[],
  names: { readonly key: number; readonly rename: (id: number) => number },
): void {
  const { key, rename } = names;
  for (let index = 0; index < state.items.length; index++) {
    if (itemKeys[index] !== key) continue;
    const item = at(state.items, index);
    item.holdId = rename(item.holdId);
    item.chosenId = rename(item.chosenId);
  }
  for (const reader of state.readers) if (reader.key === key) reader.id = rename(reader.id);
  for (const command of state.late) if (command.key === key) command.id = rename(command.id);
}

function packKey(key: KeyState): number {
  return (
    (key.stored |
      (encodeEntry(key.entry) << 4) |
      (key.floor << 16) |
      (key.latePuts << 20) |
      (key.laggingStore << 24) |
      (key.laggingCache << 28)) >>>
    0
  );
}

function unpackKey(word: number, into: KeyState): void {
  into.stored = word & 15;
  into.entry = decodeEntry((word >>> 4) & 0xfff);
  into.floor = (word >>> 16) & 15;
  into.latePuts = (word >>> 20) & 15;
  into.laggingStore = (word >>> 24) & 15;
  into.laggingCache = word >>> 28;
}

/** An acknowledged item keeps nothing but its phase. */
function packItem(item: ItemState): number {
  if (item.phase >= ITEM_PHASE.acknowledged) return item.phase;
  const flags = bit(item.replacedClean) | (bit(item.keep) << 1);
  return (
    item.phase | (item.holdId << 4) | (flags << 8) | (item.copy << 12) | (item.promise << 16) | (item.chosenId << 20)
  );
}

function unpackItem(word: number, into: ItemState): void {
  into.phase = (word & 15) as ItemPhase;
  into.holdId = (word >>> 4) & 15;
  into.replacedClean = isSet(word, 8);
  into.keep = isSet(word, 9);
  into.copy = (word >>> 12) & 15;
  into.promise = (word >>> 16) & 15;
  into.chosenId = (word >>> 20) & 15;
}

function packReader(reader: ReaderState): number {
  return (
    reader.phase |
    (reader.readsLeft << 4) |
    (reader.key << 8) |
    (reader.startFloor << 12) |
    (reader.settleWith << 16) |
    (reader.id << 20) |
    (reader.copy << 24)
  );
}

function unpackReader(word: number, into: ReaderState): void {
  into.phase = (word & 15) as ReaderPhase;
  into.readsLeft = (word >>> 4) & 15;
  into.key = (word >>> 8) & 15;
  into.startFloor = (word >>> 12) & 15;
  into.settleWith = ((word >>> 16) & 15) as SettleWith;
  into.id = (word >>> 20) & 15;
  into.copy = (word >>> 24) & 15;
}

function packLate(command: KeyCommand): number {
  const flags = bit(command.keep) | (command.epoch << 1);
  return command.kind | (command.key << 4) | (command.id << 8) | (command.version << 12) | (flags << 16);
}

function unpackLate(word: number, into: KeyCommand): void {
  into.kind = (word & 15) as LateKind;
  into.key = (word >>> 4) & 15;
  into.id = (word >>> 8) & 15;
  into.version = (word >>> 12) & 15;
  into.keep = isSet(word, 16);
  into.epoch = (word >>> 17) & 1;
}
