/**
 * Packs a state of erasures into 32-bit words: two for what is shared, and one
 * for each process. Packing is exact; readers, and writers of the same records,
 * are sorted, because it makes no difference which of them is in which
 * situation.
 */
import { at } from "../../engine/at.ts";
import { bit, isSet, sortRun, type Runs } from "../../engine/packing.ts";
import type { StateCodec } from "../../engine/search-space.ts";
import type {
  ProcessState,
  ReaderPhase,
  ReaderState,
  State,
  SweepPhaseCode,
  SweepStep,
  WriterPhase,
  WriterState,
} from "./state.ts";

const FIRST_WRITER = 2;

/** @param twins runs of writers of the same records */
export function createStateCodec(
  { writers, readers }: { readonly writers: number; readonly readers: number },
  twins: Runs,
): StateCodec<State> {
  const firstReader = FIRST_WRITER + writers;
  const words = firstReader + readers;
  return {
    words,

    encode(state, into) {
      into[0] = packStore(state);
      into[1] = packList(state);
      state.writers.forEach((writer, index) => {
        into[FIRST_WRITER + index] = packWriter(writer);
      });
      state.readers.forEach((reader, index) => {
        into[firstReader + index] = packReader(reader);
      });
      for (const [first, last] of twins) sortRun(into, FIRST_WRITER + first, FIRST_WRITER + last + 1);
      sortRun(into, firstReader, words);
    },

    decode(from, into) {
      unpackStore(at(from, 0), into);
      unpackList(at(from, 1), into);
      for (let index = 0; index < writers; index++) {
        unpackWriter(at(from, FIRST_WRITER + index), at(into.writers, index));
      }
      for (let index = 0; index < readers; index++) {
        unpackReader(at(from, firstReader + index), at(into.readers, index));
      }
    },
  };
}

function packStore({ stored, floor, cached, landed, latePuts, isIndexed, hasLandedLate }: State): number {
  return (
    stored |
    (floor << 3) |
    (cached << 6) |
    (landed << 9) |
    (latePuts << 16) |
    (bit(isIndexed) << 22) |
    (bit(hasLandedLate) << 23)
  );
}

function unpackStore(word: number, into: State): void {
  into.stored = word & 7;
  into.floor = (word >>> 3) & 7;
  into.cached = (word >>> 6) & 7;
  into.landed = (word >>> 9) & 127;
  into.latePuts = (word >>> 16) & 63;
  into.isIndexed = isSet(word, 22);
  into.hasLandedLate = isSet(word, 23);
}

function packList(state: State): number {
  const { last, inForce, sweepPhase, sweepStep, tombstone, crashesLeft, latePutsLeft } = state;
  return (
    last |
    (inForce << 2) |
    (sweepPhase << 4) |
    (sweepStep << 7) |
    (tombstone << 10) |
    (crashesLeft << 13) |
    (latePutsLeft << 17)
  );
}

function unpackList(word: number, into: State): void {
  into.last = word & 3;
  into.inForce = (word >>> 2) & 3;
  into.sweepPhase = ((word >>> 4) & 7) as SweepPhaseCode;
  into.sweepStep = ((word >>> 7) & 7) as SweepStep;
  into.tombstone = (word >>> 10) & 7;
  into.crashesLeft = (word >>> 13) & 15;
  into.latePutsLeft = (word >>> 17) & 15;
}

function packProcess(process: ProcessState): number {
  const { isOpen, last, inForce, hasLease, isLooking, seenLast, seenInForce, isSeenFresh } = process;
  const flags = bit(isOpen) | (bit(hasLease) << 1) | (bit(isLooking) << 2) | (bit(isSeenFresh) << 3);
  return flags | (last << 4) | (inForce << 6) | (seenLast << 8) | (seenInForce << 10);
}

function unpackProcess(word: number, into: ProcessState): void {
  into.isOpen = isSet(word, 0);
  into.hasLease = isSet(word, 1);
  into.isLooking = isSet(word, 2);
  into.isSeenFresh = isSet(word, 3);
  into.last = (word >>> 4) & 3;
  into.inForce = (word >>> 6) & 3;
  into.seenLast = (word >>> 8) & 3;
  into.seenInForce = (word >>> 10) & 3;
}

function packWriter(writer: WriterState): number {
  const { phase, waiting, winner, copy } = writer;
  return packProcess(writer) | (phase << 12) | (waiting << 15) | (winner << 18) | (copy << 21);
}

function unpackWriter(word: number, into: WriterState): void {
  unpackProcess(word, into);
  into.phase = ((word >>> 12) & 7) as WriterPhase;
  into.waiting = (word >>> 15) & 7;
  into.winner = (word >>> 18) & 7;
  into.copy = (word >>> 21) & 7;
}

function packReader(reader: ReaderState): number {
  const { phase, asOf, copy, startFloor, uncovered, couldBeNone } = reader;
  return (
    packProcess(reader) |
    (phase << 12) |
    (asOf << 15) |
    (copy << 17) |
    (startFloor << 20) |
    (uncovered << 23) |
    (bit(couldBeNone) << 26)
  );
}

function unpackReader(word: number, into: ReaderState): void {
  unpackProcess(word, into);
  into.phase = ((word >>> 12) & 7) as ReaderPhase;
  into.asOf = (word >>> 15) & 3;
  into.copy = (word >>> 17) & 7;
  into.startFloor = (word >>> 20) & 7;
  into.uncovered = (word >>> 23) & 7;
  into.couldBeNone = isSet(word, 26);
}
