/**
 * The steps of readers, driven by the production read plan and cache epoch
 * plan.
 *
 * A get and its check are two steps on one connection. A read without an answer
 * of the cache goes to the store, whatever the setting is; the setting decides
 * whether it may answer then.
 */
import { type CacheObservation, readPlan, type Settlement } from "@trilane/write-through/protocol";
import { at } from "../../engine/at.ts";
import { idOfText, ordinalOf, textOfId } from "../values.ts";
import {
  admits,
  connectAgain,
  forget,
  knowledgeOf,
  look,
  nowOf,
  receiveLook,
  serverOf,
  waitOut,
  type ModelAction,
  type ModelContext,
  describeServerEntry,
} from "./context.ts";
import { note, numbersBelow } from "../../engine/actions.ts";
import { sendLate, LATE_KIND, settleEntry } from "../late-command.ts";
import { spend } from "../../engine/budget.ts";
import { answerRead, beginRead, endRead, endTelling } from "./monitor.ts";
import { MET, READER_PHASE, type ReaderPhase, type ReaderState } from "./state.ts";

interface Turn {
  readonly name: string;
  readonly reader: ReaderState;
}

type ReaderAct = (context: ModelContext, turn: Turn) => boolean;

export function readerActions(context: ModelContext): readonly ModelAction[] {
  const checksFirst = context.protocol.guard.isRead === "before-keys";
  return numbersBelow(context.world.readers).flatMap((index) => {
    const action =
      (phase: ReaderPhase | null, act: ReaderAct): ModelAction =>
      (now) => {
        const reader = at(now.state.readers, index);
        if (phase !== null && reader.phase !== phase) return false;
        return act(now, { name: `reader ${String.fromCharCode(65 + index)}`, reader });
      };
    return [
      action(READER_PHASE.idle, checksFirst ? checkFirst : get),
      action(READER_PHASE.idle, beginWithoutCache),
      ...(checksFirst ? [action(READER_PHASE.checkedFirst, get)] : []),
      action(READER_PHASE.got, check),
      action(READER_PHASE.hit, answerHit),
      action(READER_PHASE.lease, takeLease),
      action(READER_PHASE.lease, loseLease),
      action(READER_PHASE.lease, goOnWithoutLease),
      action(READER_PHASE.readStore, readStore),
      action(READER_PHASE.decide, decide),
      action(READER_PHASE.settle, settle),
      action(READER_PHASE.settle, loseSettlement),
      action(READER_PHASE.settle, sendLateSettlement),
      action(null, (now, { reader, name }) => look(now, reader, name)),
      ...(context.world.slowLooks ? [action(null, (now, { reader, name }) => receiveLook(now, reader, name))] : []),
      action(null, connectElsewhere),
      action(null, crash),
    ];
  });
}

function get(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  const decision = context.plan.beforeGet(knowledgeOf(context, reader));
  if (decision.next !== "get") return false;
  const isChecked = reader.phase === READER_PHASE.checkedFirst;
  if (!isChecked) beginRead(context, reader);
  const { epoch } = decision;
  const entry = context.protocol.transitions.view(serverOf(context, reader).entry, epoch);
  reader.metEpoch = epoch;
  noteTurn(context, turn, () => `GET in epoch ${epoch}: ${describeServerEntry(entry)}`);
  const step = readPlan.afterGet(entry);
  if (step.next === "answer") {
    reader.phase = isChecked ? READER_PHASE.hit : READER_PHASE.got;
    reader.copy = ordinalOf(step.copy.version);
  } else if (step.next === "read-store") {
    meet(reader, step.then);
  } else {
    reader.phase = READER_PHASE.lease;
  }
  return true;
}

/** The way of a mutant: the check comes before the keys. */
function checkFirst(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  const decision = context.plan.beforeGet(knowledgeOf(context, reader));
  if (decision.next !== "get" || !admits(context, serverOf(context, reader), decision.epoch)) return false;
  beginRead(context, reader);
  reader.phase = READER_PHASE.checkedFirst;
  noteTurn(context, turn, () => `CHECK in epoch ${decision.epoch}, before the keys: the guard is right`);
  return true;
}

/** The mode needs no cache, or the get has no answer. */
function beginWithoutCache(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  if (context.plan.beforeGet(knowledgeOf(context, reader)).next === "look") return false;
  beginRead(context, reader);
  reader.phase = READER_PHASE.readStore;
  noteTurn(context, turn, () => "begins without the cache");
  return true;
}

function meet(reader: ReaderState, settlement: Settlement): void {
  reader.phase = READER_PHASE.readStore;
  if (settlement.with === "fill") {
    reader.met = MET.lease;
    reader.metId = idOfText(settlement.token);
  } else {
    reader.met = MET.fence;
    reader.metId = settlement.id === null ? 0 : idOfText(settlement.id);
  }
}

function check(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  const isRight = admits(context, serverOf(context, reader), reader.metEpoch);
  noteTurn(context, turn, () => `CHECK: ${isRight ? "the guard is right" : "the cache is lost"}`);
  if (isRight) reader.phase = READER_PHASE.hit;
  else endRead(reader);
  return true;
}

function answerHit(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  const known = knowledgeOf(context, reader);
  const decision = known === null ? null : context.plan.beforeHit(known, nowOf(context, reader), reader.metEpoch);
  if (decision === null || decision.next === "look") return false;
  if (decision.next === "answer") {
    noteTurn(context, turn, () => "its hit counts");
    answerRead(context, reader, reader.copy);
  } else {
    noteTurn(context, turn, () => "its hit does not count");
    endRead(reader);
  }
  return true;
}

function takeLease(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  const server = serverOf(context, reader);
  const epoch = reader.metEpoch;
  if (!admits(context, server, epoch)) return false;
  const token = textOfId(context.takeFreshId());
  const { entry, reply } = context.protocol.transitions.lease(server.entry, { epoch, token });
  server.entry = entry;
  noteTurn(context, turn, () => `LEASE in epoch ${epoch}: ${reply.kind}, ${describeServerEntry(entry)}`);
  const step = readPlan.afterLease(reply, token);
  if (step.next === "read-store") {
    meet(reader, step.then);
  } else if (step.next === "answer") {
    // The script has checked the guard, so this is a hit like any other.
    reader.phase = READER_PHASE.hit;
    reader.copy = ordinalOf(step.copy.version);
  }
  return true;
}

function loseLease(context: ModelContext, turn: Turn): boolean {
  const { metEpoch: epoch, server } = turn.reader;
  if (!sendLate(context.state, { kind: LATE_KIND.lease, id: 0, version: 0, keep: false, epoch, server })) return false;
  noteTurn(context, turn, () => `LEASE in epoch ${epoch} without an answer: it may execute later`);
  turn.reader.phase = READER_PHASE.readStore;
  return true;
}

function goOnWithoutLease(context: ModelContext, turn: Turn): boolean {
  noteTurn(context, turn, () => "LEASE has no answer");
  turn.reader.phase = READER_PHASE.readStore;
  return true;
}

function readStore(context: ModelContext, turn: Turn): boolean {
  turn.reader.phase = READER_PHASE.decide;
  turn.reader.copy = context.state.stored;
  noteTurn(context, turn, () => `reads the store: ${turn.reader.copy}`);
  return true;
}

/** A local step: the reader's next step depends on its present knowledge. */
function decide(context: ModelContext, turn: Turn): boolean {
  const { reader, name } = turn;
  const known = knowledgeOf(context, reader);
  if (known === null) return false;
  const met = metOf(reader);
  const decision = context.plan.beforeAnswer(known, nowOf(context, reader), met);
  switch (decision.next) {
    case "look":
      return false;
    case "wait":
      return waitOut(context, reader, name);
    case "answer":
      noteTurn(context, turn, () => "needs no raise");
      answerRead(context, reader, reader.copy);
      return true;
    case "settle": {
      const { epoch, settlement } = decision;
      reader.phase = READER_PHASE.settle;
      reader.tellEpoch = epoch;
      reader.tellsMet = met !== null && settlement === met.settlement;
      noteTurn(context, turn, () => `will tell the cache in epoch ${epoch}`);
      return true;
    }
  }
}

function metOf(reader: ReaderState): CacheObservation | null {
  const { met, metId, metEpoch: epoch } = reader;
  switch (met) {
    case MET.nothing:
      return null;
    case MET.lease:
      return { epoch, settlement: { with: "fill", token: textOfId(metId) } };
    case MET.fence:
      return { epoch, settlement: { with: "raise", id: metId === 0 ? null : textOfId(metId) } };
  }
}

function settle(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  const server = serverOf(context, reader);
  const { tellEpoch: epoch } = reader;
  if (!admits(context, server, epoch)) {
    noteTurn(context, turn, () => `tells the cache in epoch ${epoch}: it is lost`);
    return afterSettle(context, turn, "lost");
  }
  const read = { epoch, ordinal: reader.copy };
  server.entry = settleEntry(context.protocol.transitions, server.entry, settlementOf(reader), read);
  noteTurn(context, turn, () => `${describeTelling(reader)}: ${describeServerEntry(server.entry)}`);
  return afterSettle(context, turn, "done");
}

function settlementOf(reader: ReaderState): Settlement {
  const met = reader.tellsMet ? metOf(reader) : null;
  return met?.settlement ?? { with: "raise", id: null };
}

function afterSettle(context: ModelContext, { reader }: Turn, answer: "done" | "unknown" | "lost"): boolean {
  const decision = context.plan.afterSettle(answer);
  if (decision.next === "answer") answerRead(context, reader, reader.copy);
  else if (decision.next === "fail") endRead(reader);
  else {
    endTelling(reader);
    reader.phase = READER_PHASE.decide;
  }
  return true;
}

/** The raise or fill gets no answer and is never executed. */
function loseSettlement(context: ModelContext, turn: Turn): boolean {
  noteTurn(context, turn, () => `${describeTelling(turn.reader)} is lost`);
  return afterSettle(context, turn, "unknown");
}

function sendLateSettlement(context: ModelContext, turn: Turn): boolean {
  const { reader } = turn;
  const { copy: version, tellEpoch: epoch, server } = reader;
  const settlement = settlementOf(reader);
  const kind = settlement.with === "fill" ? LATE_KIND.fill : LATE_KIND.raise;
  const id = reader.tellsMet ? reader.metId : 0;
  if (!sendLate(context.state, { kind, id, version, keep: true, epoch, server })) return false;
  noteTurn(context, turn, () => `${describeTelling(reader)} without an answer: it may execute later`);
  return afterSettle(context, turn, "unknown");
}

function describeTelling(reader: ReaderState): string {
  const name = settlementOf(reader).with === "fill" ? "FILL" : "RAISE";
  return `${name}(${reader.copy}) in epoch ${reader.tellEpoch}`;
}

/** A get and its check use one connection. */
function connectElsewhere(context: ModelContext, { reader, name }: Turn): boolean {
  const isInPipeline = reader.phase === READER_PHASE.got || reader.phase === READER_PHASE.checkedFirst;
  return !isInPipeline && connectAgain(context, reader, name);
}

function crash(context: ModelContext, { reader, name }: Turn): boolean {
  if (reader.epoch === 0 || !spend(context.state, "crashesLeft")) return false;
  note(context, () => `${name} crashes and starts again`);
  endRead(reader);
  forget(context, reader);
  return true;
}

function noteTurn(context: ModelContext, turn: Turn, text: () => string): void {
  const server = context.world.failovers === 0 ? "" : ` (server ${turn.reader.server + 1})`;
  note(context, () => `${turn.name}${server}: ${text()}`);
}
