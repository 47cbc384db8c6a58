/**
 * One state of a world of erasures. It is mutable, because a step changes one
 * working copy in place; the packed form is the one that is kept.
 *
 * Time exists only in the leases, as in the model of the cache epochs: a lease
 * ends when the eraser has waited for its end.
 */

/** The knowledge of a process about the list. */
export interface ProcessState {
  /** False before the first answer to a look. */
  isOpen: boolean;
  last: number;
  inForce: number;
  hasLease: boolean;
  /** The answer to a look that is on its way. */
  isLooking: boolean;
  seenLast: number;
  seenInForce: number;
  /** Whether a lease from the moment of the question may still be valid. */
  isSeenFresh: boolean;
}

export const WRITER_PHASE = { begin: 0, check: 1, sent: 2, stored: 3, publish: 4, done: 5 } as const;
export type WriterPhase = (typeof WRITER_PHASE)[keyof typeof WRITER_PHASE];

export interface WriterState extends ProcessState {
  phase: WriterPhase;
  /** Bit n - 1: record n waits for its receipt. */
  waiting: number;
  /** The ordinal of the record that is written for all that wait; 0 for none. */
  winner: number;
  /** The store's copy when it answered. */
  copy: number;
}

export const READER_PHASE = {
  idle: 0,
  asked: 1,
  hit: 2,
  reading: 3,
  read: 4,
  settled: 5,
  doubt: 6,
  looked: 7,
} as const;
export type ReaderPhase = (typeof READER_PHASE)[keyof typeof READER_PHASE];

export interface ReaderState extends ProcessState {
  phase: ReaderPhase;
  /** The last erasure in force that the process knew before it read the copy. */
  asOf: number;
  copy: number;
  /** The monitor's part: the floor when the read began. */
  startFloor: number;
  /** Bit n - 1: at some moment of the read no erasure in force covered record n. */
  uncovered: number;
  /** At some moment of the read "none" was true. */
  couldBeNone: boolean;
}

export const SWEEP_PHASE = { none: 0, sweeping: 1, confirming: 2, resting: 3, done: 4 } as const;
export type SweepPhaseCode = (typeof SWEEP_PHASE)[keyof typeof SWEEP_PHASE];

export const SWEEP_STEP = { wait: 0, ask: 1, read: 2, look: 3, put: 4, settle: 5 } as const;
export type SweepStep = (typeof SWEEP_STEP)[keyof typeof SWEEP_STEP];

export interface State {
  stored: number;
  /** Bit n: the store has held ordinal n. */
  landed: number;
  /** The highest ordinal that was acknowledged or answered. */
  floor: number;
  /** 1 + the ordinal of the copy in the cache; 0 where it has none. */
  cached: number;
  /** Bit n - 1: a put of ordinal n may still land. */
  latePuts: number;
  /** Whether the index leads from the swept person to the key. It lags behind the store. */
  isIndexed: boolean;
  last: number;
  inForce: number;
  sweepPhase: SweepPhaseCode;
  sweepStep: SweepStep;
  /** The ordinal of the tombstone that the sweeper puts. */
  tombstone: number;
  /** A record that is to be swept landed after the sweeper's last wait. */
  hasLandedLate: boolean;
  crashesLeft: number;
  latePutsLeft: number;
  readonly writers: WriterState[];
  readonly readers: ReaderState[];
}

export function createState(writers: number, readers: number): State {
  return {
    stored: 0,
    landed: 1,
    floor: 0,
    cached: 0,
    latePuts: 0,
    isIndexed: false,
    last: 0,
    inForce: 0,
    sweepPhase: SWEEP_PHASE.none,
    sweepStep: SWEEP_STEP.ask,
    tombstone: 0,
    hasLandedLate: false,
    crashesLeft: 0,
    latePutsLeft: 0,
    writers: Array.from({ length: writers }, () => ({
      ...createProcess(),
      phase: WRITER_PHASE.begin,
      waiting: 0,
      winner: 0,
      copy: 0,
    })),
    readers: Array.from({ length: readers }, () => ({
      ...createProcess(),
      phase: READER_PHASE.idle,
      asOf: 0,
      copy: 0,
      startFloor: 0,
      uncovered: 0,
      couldBeNone: false,
    })),
  };
}

/** All processes are open before the first erasure. */
function createProcess(): ProcessState {
  return {
    isOpen: true,
    last: 0,
    inForce: 0,
    hasLease: true,
    isLooking: false,
    seenLast: 0,
    seenInForce: 0,
    isSeenFresh: false,
  };
}
