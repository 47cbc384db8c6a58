/**
 * The steps of readers. A read gives a copy of the cache under a lease, or reads
 * the store, tells the cache, and gives what it read. In both cases the
 * production plan judges the copy. Where it cannot decide yet, the reader looks
 * at the record, and reads the store again if that does not decide either.
 */
import { note, numbersBelow } from "../../engine/actions.ts";
import { at } from "../../engine/at.ts";
import {
  ask,
  describe,
  look,
  personOf,
  receive,
  renewByPut,
  takeIn,
  type ModelAction,
  type ModelContext,
} from "./context.ts";
import { answerRead, beginRead } from "./monitor.ts";
import { READER_PHASE, type ReaderPhase, type ReaderState } from "./state.ts";
import { leaveCopy } from "./store.ts";
import { isTombstone, versionOf } from "./values.ts";

type ReaderAct = (context: ModelContext, reader: ReaderState, name: string) => boolean;

export function readerActions({ world }: ModelContext): readonly ModelAction[] {
  return numbersBelow(world.readers).flatMap((index) => {
    const name = `reader ${String.fromCharCode(65 + index)}`;
    const action =
      (phase: ReaderPhase, act: ReaderAct): ModelAction =>
      (now) => {
        const reader = at(now.state.readers, index);
        return reader.phase === phase && act(now, reader, name);
      };
    return [
      action(READER_PHASE.idle, begin),
      action(READER_PHASE.asked, get),
      action(READER_PHASE.asked, miss),
      action(READER_PHASE.hit, answerHit),
      action(READER_PHASE.reading, readStore),
      action(READER_PHASE.read, settle),
      action(READER_PHASE.settled, answerSettled),
      action(READER_PHASE.doubt, lookInDoubt),
      action(READER_PHASE.looked, answerAfterLook),
      (now) => lookBetween(now, at(now.state.readers, index), name),
      (now) => receiveBetween(now, at(now.state.readers, index), name),
      (now) => renewByPut(now, at(now.state.readers, index), name),
    ];
  });
}

function begin(context: ModelContext, reader: ReaderState, name: string): boolean {
  if (!reader.isOpen) return false;
  beginRead(context, reader);
  reader.phase = READER_PHASE.asked;
  reader.asOf = reader.inForce;
  note(context, () => `${name} begins to read, and knows ${reader.inForce} in force`);
  return true;
}

function get(context: ModelContext, reader: ReaderState, name: string): boolean {
  const { cached } = context.state;
  if (cached === 0) return false;
  reader.phase = READER_PHASE.hit;
  reader.copy = cached - 1;
  note(context, () => `${name}: GET gives ${describe(context, reader.copy)}`);
  return true;
}

function miss(context: ModelContext, reader: ReaderState, name: string): boolean {
  note(context, () => `${name} goes to the store, and knows ${reader.inForce} in force`);
  goToStore(reader);
  return true;
}

function goToStore(reader: ReaderState): void {
  reader.phase = READER_PHASE.reading;
  reader.asOf = reader.inForce;
  reader.copy = 0;
}

function answerHit(context: ModelContext, reader: ReaderState, name: string): boolean {
  if (!reader.hasLease) return false;
  note(context, () => `${name}: its hit counts`);
  judge(context, reader);
  return true;
}

function readStore(context: ModelContext, reader: ReaderState, name: string): boolean {
  reader.phase = READER_PHASE.read;
  reader.copy = context.state.stored;
  note(context, () => `${name} reads the store: ${describe(context, reader.copy)}`);
  return true;
}

/** The cache is told under a lease, and the answer comes afterwards. */
function settle(context: ModelContext, reader: ReaderState, name: string): boolean {
  if (!reader.hasLease) return false;
  reader.phase = READER_PHASE.settled;
  leaveCopy(context, reader.copy);
  note(context, () => `${name} tells the cache ${describe(context, reader.copy)}`);
  return true;
}

function answerSettled(context: ModelContext, reader: ReaderState, name: string): boolean {
  note(context, () => `${name} has told the cache`);
  judge(context, reader);
  return true;
}

function judge(context: ModelContext, reader: ReaderState): void {
  const verdict = verdictOn(context, reader, false);
  if (verdict === "show") answerRead(context, reader, reader.copy);
  else if (verdict === "hide") answerRead(context, reader, 0);
  else {
    note(context, () => `is in doubt (${verdict})`);
    reader.phase = READER_PHASE.doubt;
  }
}

function verdictOn(
  context: ModelContext,
  reader: ReaderState,
  isFresh: boolean,
): ReturnType<typeof context.protocol.plan.judge> {
  const { protocol, list } = context;
  const { copy, asOf, last, inForce } = reader;
  if (isTombstone(copy)) return "show";
  const isOtherKey = protocol.settings.digests === "of-another-key-in-readers";
  const erasures = isOtherKey ? list.nothing : list.of(personOf(context, copy), last, inForce);
  return protocol.plan.judge(erasures, versionOf(copy), asOf, isFresh);
}

/** The look of a read in doubt is its own. */
function lookInDoubt(context: ModelContext, reader: ReaderState, name: string): boolean {
  if (reader.isLooking) return false;
  ask(context, reader, name);
  reader.phase = READER_PHASE.looked;
  return true;
}

function answerAfterLook(context: ModelContext, reader: ReaderState, name: string): boolean {
  takeIn(reader);
  note(context, () => `${name} has the answer to its look`);
  const verdict = verdictOn(context, reader, true);
  if (verdict === "show") answerRead(context, reader, reader.copy);
  else if (verdict === "hide") answerRead(context, reader, 0);
  else {
    note(context, () => `reads again`);
    goToStore(reader);
  }
  return true;
}

function lookBetween(context: ModelContext, reader: ReaderState, name: string): boolean {
  return reader.phase !== READER_PHASE.looked && look(context, reader, name);
}

function receiveBetween(context: ModelContext, reader: ReaderState, name: string): boolean {
  return reader.phase !== READER_PHASE.looked && receive(context, reader, name);
}
