/**
 * The steps of readers, driven by the production read plan.
 *
 * A read whose sender gets no answer has no outcome. Where the world says
 * "carry-on", the reader reads the store instead and answers without the cache,
 * as `whenCacheUnreachable: "read-store"` does.
 */
import { type LeaseReply, readPlan, type ReadStep, type Settlement } from "@trilane/write-through/protocol";
import { currentEpoch, keyName, keyOf, readerName, viewOf, type ModelAction, type ModelContext } from "./context.ts";
import { describeEntry } from "../entry-codec.ts";
import { note, numbersBelow } from "../../engine/actions.ts";
import { sendLate, LATE_KIND, settleEntry } from "../late-command.ts";
import { answerRead, beginRead, endRead } from "./monitor.ts";
import { MODE, READER_PHASE, SETTLE_WITH, type KeyState, type ReaderPhase, type ReaderState } from "./state.ts";
import { at } from "../../engine/at.ts";
import { copyOf, FOREIGN, idOfText, ordinalOfCopy, textOfId, type ModelBody } from "../values.ts";

interface Turn {
  readonly index: number;
  readonly reader: ReaderState;
  readonly key: KeyState;
}

type ReaderAct = (context: ModelContext, turn: Turn) => boolean;

export function readerActions(context: ModelContext): readonly ModelAction[] {
  const { world } = context;
  const { settings } = context.protocol;
  const readers = world.readers.map((_, index) => index);
  const keys = numbersBelow(world.keys);
  const carriesOn = world.readersWithoutAnswer === "carry-on";
  return readers.flatMap((reader): ModelAction[] => [
    ...keys.flatMap((key): ModelAction[] => [
      startAction(reader, key, get),
      ...(carriesOn ? [startAction(reader, key, getWithoutAnswer)] : []),
      ...(settings.cacheReads === "lagging" ? [startAction(reader, key, getFromLaggingCopy)] : []),
    ]),
    ...(settings.singleFlight === "sent" ? readers.map((other) => joinAction(reader, other)) : []),
    stepAction(reader, READER_PHASE.heal, heal),
    stepAction(reader, READER_PHASE.heal, loseHeal),
    stepAction(reader, READER_PHASE.lease, takeLease),
    stepAction(reader, READER_PHASE.readStore, readStore),
    ...(settings.storeReads === "eventual" ? [stepAction(reader, READER_PHASE.readStore, readLaggingStore)] : []),
    stepAction(reader, READER_PHASE.settle, settle),
    stepAction(reader, READER_PHASE.lease, loseLease),
    stepAction(reader, READER_PHASE.settle, loseSettlement),
    ...(carriesOn ? [stepAction(reader, READER_PHASE.settle, answerWithoutCache)] : []),
  ]);
}

/** A read begins with its first request. */
function startAction(index: number, key: number, act: ReaderAct): ModelAction {
  return (context) => {
    const reader = at(context.state.readers, index);
    if (reader.phase !== READER_PHASE.idle || reader.readsLeft === 0) return false;
    const turn = { index, reader, key: keyOf(context, key) };
    if (act === getFromLaggingCopy && turn.key.laggingCache === 0) return false;
    beginRead(context, reader, key);
    return act(context, turn);
  };
}

function stepAction(index: number, phase: ReaderPhase, act: ReaderAct): ModelAction {
  return (context) => {
    const reader = at(context.state.readers, index);
    if (reader.phase !== phase) return false;
    return act(context, { index, reader, key: keyOf(context, reader.key) });
  };
}

function get(context: ModelContext, turn: Turn): boolean {
  if (context.state.mode === MODE.off) return getWithoutAnswer(context, turn);
  const entry = viewOf(context, turn.key);
  noteTurn(context, turn, () => `GET: ${describeEntry(entry)}`);
  applyStep(context, turn, readPlan.afterGet(entry));
  return true;
}

function getWithoutAnswer(context: ModelContext, turn: Turn): boolean {
  turn.reader.phase = READER_PHASE.readStore;
  noteTurn(context, turn, () => "begins without the cache");
  return true;
}

function getFromLaggingCopy(context: ModelContext, turn: Turn): boolean {
  const copy = copyOf(turn.key.laggingCache - 1);
  noteTurn(context, turn, () => `GET from a copy of the cache that lags: clean(${copy.body ?? 0})`);
  const entry = { state: "clean", epoch: currentEpoch(context.state), copy } as const;
  applyStep(context, turn, readPlan.afterGet(entry));
  return true;
}

/** A read begins by joining a read that already has its copy from the store. */
function joinAction(index: number, otherIndex: number): ModelAction {
  return (context) => {
    const reader = at(context.state.readers, index);
    const other = at(context.state.readers, otherIndex);
    if (reader.phase !== READER_PHASE.idle || reader.readsLeft === 0) return false;
    if (other.phase !== READER_PHASE.settle) return false;
    beginRead(context, reader, other.key);
    const { phase, settleWith, id, copy } = other;
    Object.assign(reader, { phase, settleWith, id, copy });
    note(context, () => `${readerName(index)} joins the read of ${readerName(otherIndex)}, which has ${copy}`);
    return true;
  };
}

function heal(context: ModelContext, turn: Turn): boolean {
  turn.key.entry = context.protocol.transitions.heal(turn.key.entry, FOREIGN);
  noteTurn(context, turn, () => `HEAL: ${describeEntry(turn.key.entry)}`);
  turn.reader.phase = READER_PHASE.lease;
  return true;
}

/** The sender goes on without the cache, or stops. The command may execute later. */
function loseHeal(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  if (
    !sendLate(context.state, {
      kind: LATE_KIND.heal,
      key: reader.key,
      id: 0,
      version: 0,
      keep: false,
      epoch: currentEpoch(context.state),
    })
  )
    return false;
  noteTurn(context, turn, () => "HEAL without an answer: it may execute later");
  if (context.world.readersWithoutAnswer === "give-up") endRead(reader);
  else reader.phase = READER_PHASE.readStore;
  return true;
}

function takeLease(context: ModelContext, turn: Turn): boolean {
  const token = textOfId(turn.reader.id === 0 ? context.takeFreshId() : turn.reader.id);
  turn.reader.id = 0;
  const { entry, reply } = context.protocol.transitions.lease(turn.key.entry, {
    epoch: currentEpoch(context.state),
    token,
  });
  turn.key.entry = entry;
  noteTurn(context, turn, () => `LEASE: ${describeReply(reply)}`);
  applyStep(context, turn, readPlan.afterLease(reply, token));
  return true;
}

function describeReply(reply: LeaseReply<ModelBody>): string {
  return reply.kind === "granted" ? "granted" : `taken, ${describeEntry(reply.entry)}`;
}

function readStore(context: ModelContext, turn: Turn): boolean {
  return learn(context, turn, turn.key.stored);
}

function readLaggingStore(context: ModelContext, turn: Turn): boolean {
  return turn.key.laggingStore !== 0 && learn(context, turn, turn.key.laggingStore - 1);
}

function learn(context: ModelContext, turn: Turn, stored: number): boolean {
  noteTurn(context, turn, () => `reads the store: ${stored}`);
  const settlement = settlementOf(turn.reader);
  if (settlement === null) {
    answerRead(context, turn.reader, stored);
    return true;
  }
  turn.reader.phase = READER_PHASE.settle;
  turn.reader.copy = stored;
  return true;
}

function settlementOf(reader: ReaderState): Settlement | null {
  switch (reader.settleWith) {
    case SETTLE_WITH.nothing:
      return null;
    case SETTLE_WITH.fill:
      return { with: "fill", token: textOfId(reader.id) };
    case SETTLE_WITH.raise:
      return { with: "raise", id: reader.id === 0 ? null : textOfId(reader.id) };
  }
}

function settle(context: ModelContext, turn: Turn): boolean {
  const { reader, key } = turn;
  const settlement = settlementOf(reader) ?? { with: "raise", id: null };
  const read = { epoch: currentEpoch(context.state), ordinal: reader.copy };
  key.entry = settleEntry(context.protocol.transitions, key.entry, settlement, read);
  noteTurn(context, turn, () => `${describeSettlement(reader)}: ${describeEntry(key.entry)}`);
  answerRead(context, reader, reader.copy);
  return true;
}

function describeSettlement(reader: ReaderState): string {
  const name = reader.settleWith === SETTLE_WITH.fill ? "FILL" : "RAISE";
  return reader.id === 0 ? `${name}(${reader.copy})` : `${name}(#${reader.id}, ${reader.copy})`;
}

function applyStep(context: ModelContext, turn: Turn, step: ReadStep<ModelBody>): void {
  const { reader } = turn;
  switch (step.next) {
    case "answer":
      answerRead(context, reader, ordinalOfCopy(step.copy));
      return;
    case "lease":
      reader.phase = READER_PHASE.lease;
      return;
    case "heal":
      reader.phase = READER_PHASE.heal;
      return;
    case "read-store":
      reader.phase = READER_PHASE.readStore;
      setSettlement(reader, step.then);
      return;
  }
}

function setSettlement(reader: ReaderState, settlement: Settlement): void {
  if (settlement.with === "fill") {
    reader.settleWith = SETTLE_WITH.fill;
    reader.id = idOfText(settlement.token);
  } else {
    reader.settleWith = SETTLE_WITH.raise;
    reader.id = settlement.id === null ? 0 : idOfText(settlement.id);
  }
}

function loseLease(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  if (context.state.lateCommandsLeft === 0) return false;
  const triesAgain = context.protocol.settings.leaseTokens === "per-read";
  if (triesAgain && reader.id === 0) reader.id = context.takeFreshId();
  const { key, id } = reader;
  if (
    !sendLate(context.state, {
      kind: LATE_KIND.lease,
      key,
      id,
      version: 0,
      keep: false,
      epoch: currentEpoch(context.state),
    })
  )
    return false;
  noteTurn(context, turn, () => "LEASE without an answer: it may execute later");
  if (triesAgain) return true;
  if (context.world.readersWithoutAnswer === "give-up") endRead(reader);
  else reader.phase = READER_PHASE.readStore;
  return true;
}

function loseSettlement(context: ModelContext, turn: Turn): boolean {
  const { key, copy, id, settleWith } = turn.reader;
  const kind = settleWith === SETTLE_WITH.fill ? LATE_KIND.fill : LATE_KIND.raise;
  if (!sendLate(context.state, { kind, key, id, version: copy, keep: true, epoch: currentEpoch(context.state) }))
    return false;
  noteTurn(context, turn, () => `${describeSettlement(turn.reader)} without an answer: it may execute later`);
  if (context.world.readersWithoutAnswer === "give-up") endRead(turn.reader);
  else answerRead(context, turn.reader, copy);
  return true;
}

function answerWithoutCache(context: ModelContext, turn: Turn): boolean {
  noteTurn(context, turn, () => `${describeSettlement(turn.reader)} is lost`);
  answerRead(context, turn.reader, turn.reader.copy);
  return true;
}

function noteTurn(context: ModelContext, turn: Turn, text: () => string): void {
  note(context, () => `${readerName(turn.index)}${keyName(context, turn.reader.key)}: ${text()}`);
}
