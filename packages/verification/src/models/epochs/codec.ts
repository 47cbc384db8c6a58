/**
 * Packs a state of cache epochs into 32-bit words: one for the record and the
 * budgets, one for the store and the guards, one for both servers' entries, one
 * for each process and one for each late command; worlds with clocks need two
 * more. Packing is exact, so two states are merged only when they are the same,
 * or symmetric:
 *
 * - Ids and tokens are renamed. The protocol only ever compares an id with the
 *   one in an entry. So three kinds differ: the id on the first server, the id
 *   on the second, and those that can never return.
 * - Readers, late commands, and writers of the same version are sorted.
 */
import { type Entry, type CacheEpochMode } from "@trilane/write-through/protocol";
import { at } from "../../engine/at.ts";
import type { ModelBody } from "../values.ts";
import { packClockEvents, unpackClockEvents } from "./clocks.ts";
import { LATE_KIND, type LateKind } from "../late-command.ts";
import {
  READER_PHASE,
  WRITER_PHASE,
  type ServerCommand,
  type MetKind,
  type ProcessState,
  type ReaderPhase,
  type ReaderState,
  type StateShape,
  type State,
  type ServerState,
  type WriterPhase,
  type WriterState,
} from "./state.ts";
import { bit, isSet, sortRun, type Runs } from "../../engine/packing.ts";
import type { StateCodec } from "../../engine/search-space.ts";
import { encodeEntry, decodeEntry, instanceOf, renamedEntry } from "../entry-codec.ts";

const ON_FIRST = 1;
const ON_SECOND = 2;
const GONE = 3;

const MODES: readonly CacheEpochMode[] = ["off", "warm", "on"];
const MODE_CODES: Readonly<Record<CacheEpochMode, number>> = { off: 0, warm: 1, on: 2 };

/** The events of the clocks, and the position of each process among them. */
const CLOCK_WORDS = 2;

/** @param twins runs of writers of the same version */
export function createStateCodec(shape: StateShape, twins: Runs): StateCodec<State> {
  const firstWriter = 3;
  const firstReader = firstWriter + shape.writers;
  const firstLate = firstReader + shape.readers;
  const firstClock = firstLate + shape.lateSlots;
  const words = firstClock + (shape.hasClocks ? CLOCK_WORDS : 0);
  return {
    words,

    encode(state, into) {
      renameIds(state);
      into[0] = packRecord(state);
      into[1] = packStore(state);
      into[2] = encodeEntry(at(state.servers, 0).entry) | (encodeEntry(at(state.servers, 1).entry) << 16);
      state.writers.forEach((writer, index) => {
        into[firstWriter + index] = packWriter(writer);
      });
      state.readers.forEach((reader, index) => {
        into[firstReader + index] = packReader(reader);
      });
      state.late.forEach((command, index) => {
        into[firstLate + index] = packLate(command);
      });
      for (const [first, last] of twins) sortRun(into, firstWriter + first, firstWriter + last + 1);
      sortRun(into, firstReader, firstLate);
      sortRun(into, firstLate, firstClock);
      if (!shape.hasClocks) return;
      into[firstClock] = packClocks(state);
      into[firstClock + 1] = packIndices(state);
    },

    decode(from, into) {
      unpackRecord(at(from, 0), into);
      unpackStore(at(from, 1), into);
      at(into.servers, 0).entry = decodeEntry(at(from, 2) & 0xffff);
      at(into.servers, 1).entry = decodeEntry(at(from, 2) >>> 16);
      for (let index = 0; index < shape.writers; index++) {
        unpackWriter(at(from, firstWriter + index), at(into.writers, index));
      }
      for (let index = 0; index < shape.readers; index++) {
        unpackReader(at(from, firstReader + index), at(into.readers, index));
      }
      for (let index = 0; index < shape.lateSlots; index++) {
        unpackLate(at(from, firstLate + index), at(into.late, index));
      }
      if (!shape.hasClocks) return;
      unpackClocks(at(from, firstClock), into);
      unpackIndices(at(from, firstClock + 1), into);
    },
  };
}

function renameIds(state: State): void {
  const [first, second] = state.servers;
  const onFirst = first === undefined ? 0 : instanceOf(first.entry);
  const onSecond = second === undefined ? 0 : instanceOf(second.entry);
  const rename = (id: number): number => {
    if (id === 0) return 0;
    if (id === onFirst) return ON_FIRST;
    return id === onSecond ? ON_SECOND : GONE;
  };
  for (const writer of state.writers) writer.holdId = rename(writer.holdId);
  for (const reader of state.readers) reader.metId = rename(reader.metId);
  for (const command of state.late) command.id = rename(command.id);
  for (const server of state.servers) {
    server.entry = withoutPast(renamedEntry(server.entry, rename(instanceOf(server.entry))));
  }
}

/** Every writer of these worlds populates, so it makes no difference which entry its fence replaced. */
function withoutPast(entry: Entry<ModelBody>): Entry<ModelBody> {
  return entry.state === "fence" && entry.replacedClean ? { ...entry, replacedClean: false } : entry;
}

function packRecord(state: State): number {
  return (
    (state.recordEpoch |
      (MODE_CODES[state.recordMode] << 2) |
      (state.official << 4) |
      (bit(state.owesGuard) << 5) |
      (bit(state.hasSeenGuard) << 6) |
      (state.lateGuardEpoch << 7) |
      (state.lateGuardServer << 9) |
      (state.crashesLeft << 10) |
      (state.flushesLeft << 14) |
      (state.failoversLeft << 18) |
      (state.latePutsLeft << 22) |
      (state.lateCommandsLeft << 26)) >>>
    0
  );
}

function unpackRecord(word: number, into: State): void {
  into.recordEpoch = word & 3;
  into.recordMode = modeOf(word >>> 2);
  into.official = (word >>> 4) & 1;
  into.owesGuard = isSet(word, 5);
  into.hasSeenGuard = isSet(word, 6);
  into.lateGuardEpoch = (word >>> 7) & 3;
  into.lateGuardServer = (word >>> 9) & 1;
  into.crashesLeft = (word >>> 10) & 15;
  into.flushesLeft = (word >>> 14) & 15;
  into.failoversLeft = (word >>> 18) & 15;
  into.latePutsLeft = (word >>> 22) & 15;
  into.lateCommandsLeft = (word >>> 26) & 15;
}

function packStore({ stored, floor, latePuts, servers }: State): number {
  return servers.reduce(
    (word, server, index) => word | (packGuard(server) << (16 + 4 * index)),
    stored | (floor << 4) | (latePuts << 8),
  );
}

function packGuard({ guardEpoch, isGuardIntact, isPrimary }: ServerState): number {
  return guardEpoch | (bit(isGuardIntact) << 2) | (bit(isPrimary) << 3);
}

function unpackStore(word: number, into: State): void {
  into.stored = word & 15;
  into.floor = (word >>> 4) & 15;
  into.latePuts = (word >>> 8) & 15;
  into.servers.forEach((server, index) => {
    const guard = word >>> (16 + 4 * index);
    server.guardEpoch = guard & 3;
    server.isGuardIntact = isSet(guard, 2);
    server.isPrimary = isSet(guard, 3);
  });
}

function packProcess(process: ProcessState): number {
  return (
    process.epoch |
    (MODE_CODES[process.mode] << 2) |
    (bit(process.hasLease) << 4) |
    (bit(process.mustWait) << 5) |
    (process.server << 6) |
    (process.seenEpoch << 26) |
    (MODE_CODES[process.seenMode] << 28) |
    (bit(process.isSeenFresh) << 30)
  );
}

function unpackProcess(word: number, into: ProcessState): void {
  into.epoch = word & 3;
  into.mode = modeOf(word >>> 2);
  into.hasLease = isSet(word, 4);
  into.mustWait = isSet(word, 5);
  into.server = (word >>> 6) & 1;
  into.seenEpoch = (word >>> 26) & 3;
  into.seenMode = modeOf(word >>> 28);
  into.isSeenFresh = isSet(word, 30);
}

/** An acknowledged writer keeps nothing but its phase. */
function packWriter(writer: WriterState): number {
  if (writer.phase === WRITER_PHASE.acknowledged) return WRITER_PHASE.acknowledged << 7;
  return (
    packProcess(writer) |
    (writer.phase << 7) |
    (writer.holdId << 10) |
    (writer.holdEpoch << 12) |
    (MODE_CODES[writer.holdMode] << 14) |
    (writer.copy << 16) |
    (writer.publishEpoch << 19) |
    (bit(writer.publishesHold) << 21) |
    (bit(writer.publishMayKeep) << 22) |
    (bit(writer.publishIsOfEpoch) << 23)
  );
}

function unpackWriter(word: number, into: WriterState): void {
  unpackProcess(word, into);
  into.phase = ((word >>> 7) & 7) as WriterPhase;
  into.holdId = (word >>> 10) & 3;
  into.holdEpoch = (word >>> 12) & 3;
  into.holdMode = modeOf(word >>> 14);
  into.copy = (word >>> 16) & 7;
  into.publishEpoch = (word >>> 19) & 3;
  into.publishesHold = isSet(word, 21);
  into.publishMayKeep = isSet(word, 22);
  into.publishIsOfEpoch = isSet(word, 23);
}

/** A reader between two reads keeps nothing but what it knows. */
function packReader(reader: ReaderState): number {
  if (reader.phase === READER_PHASE.idle) return packProcess(reader);
  return (
    packProcess(reader) |
    (reader.phase << 7) |
    (reader.startFloor << 10) |
    (reader.copy << 13) |
    (reader.met << 16) |
    (reader.metId << 18) |
    (reader.metEpoch << 20) |
    (reader.tellEpoch << 22) |
    (bit(reader.tellsMet) << 24)
  );
}

function unpackReader(word: number, into: ReaderState): void {
  unpackProcess(word, into);
  into.phase = ((word >>> 7) & 7) as ReaderPhase;
  into.startFloor = (word >>> 10) & 7;
  into.copy = (word >>> 13) & 7;
  into.met = ((word >>> 16) & 3) as MetKind;
  into.metId = (word >>> 18) & 3;
  into.metEpoch = (word >>> 20) & 3;
  into.tellEpoch = (word >>> 22) & 3;
  into.tellsMet = isSet(word, 24);
}

function packLate({ kind, id, version, keep, epoch, server }: ServerCommand): number {
  if (kind === LATE_KIND.none) return 0;
  return kind | (id << 3) | (version << 5) | (bit(keep) << 8) | (epoch << 9) | (server << 11);
}

function unpackLate(word: number, into: ServerCommand): void {
  into.kind = (word & 7) as LateKind;
  into.id = (word >>> 3) & 3;
  into.version = (word >>> 5) & 7;
  into.keep = isSet(word, 8);
  into.epoch = (word >>> 9) & 3;
  into.server = (word >>> 11) & 1;
}

function packClocks({ clockEvents, waitsLong }: State): number {
  return waitsLong.reduce((word, isLong, index) => word | (bit(isLong) << (28 + index)), packClockEvents(clockEvents));
}

function unpackClocks(word: number, into: State): void {
  unpackClockEvents(word, into.clockEvents);
  for (let index = 0; index < into.waitsLong.length; index++) into.waitsLong[index] = isSet(word, 28 + index);
}

/** The same holds here: an acknowledged writer keeps nothing. */
function packIndices({ writers, readers }: State): number {
  const ofWriters = writers.map((writer) => (writer.phase === WRITER_PHASE.acknowledged ? 0 : packIndicesOf(writer)));
  return [...ofWriters, ...readers.map(packIndicesOf)].reduce((word, own, index) => word | (own << (9 * index)), 0);
}

function packIndicesOf({ sentIndex, learnedIndex, waitIndex }: ProcessState): number {
  return sentIndex | (learnedIndex << 3) | (waitIndex << 6);
}

function unpackIndices(word: number, { writers, readers }: State): void {
  [...writers, ...readers].forEach((process, index) => {
    const own = word >>> (9 * index);
    process.sentIndex = own & 7;
    process.learnedIndex = (own >>> 3) & 7;
    process.waitIndex = (own >>> 6) & 7;
  });
}

function modeOf(code: number): CacheEpochMode {
  return at(MODES, code & 3);
}
