/**
 * The steps of writers: refuse what is erased, reduce, refuse the winner once
 * more, put, tell the cache under a lease, and refuse a last time or
 * acknowledge. Records that lost to one that is refused later are sent again.
 */
import { note } from "../../engine/actions.ts";
import { at } from "../../engine/at.ts";
import { spend } from "../../engine/budget.ts";
import { describe, forget, look, receive, renewByPut, type ModelAction, type ModelContext } from "./context.ts";
import { acknowledge, refuse } from "./monitor.ts";
import { WRITER_PHASE, type WriterPhase, type WriterState } from "./state.ts";
import { land, leaveCopy, sendLatePut } from "./store.ts";
import { ordinalOfRecord, ordinalOfVersion, recordOf, versionOf } from "./values.ts";

const KEY = "user#1";

interface Turn {
  readonly name: string;
  readonly writer: WriterState;
  /** Bit n - 1: record n is one of the writer's. */
  readonly all: number;
  /** The writer gets its records only when so many erasures are announced. */
  readonly after: number;
}

export function writerActions({ world }: ModelContext): readonly ModelAction[] {
  return world.writers.flatMap(({ records, after }, index) => {
    const all = records.reduce((mask, record) => mask | maskOf(ordinalOfRecord(record)), 0);
    const turnOf = (context: ModelContext): Turn => ({
      name: `writer ${index + 1}`,
      writer: at(context.state.writers, index),
      all,
      after,
    });
    const action =
      (phase: WriterPhase, act: (context: ModelContext, turn: Turn) => boolean): ModelAction =>
      (now) =>
        at(now.state.writers, index).phase === phase && act(now, turnOf(now));
    return [
      action(WRITER_PHASE.begin, begin),
      action(WRITER_PHASE.check, check),
      action(WRITER_PHASE.check, beCovered),
      action(WRITER_PHASE.sent, put),
      action(world.hasCalmPuts ? WRITER_PHASE.check : WRITER_PHASE.sent, losePut),
      action(WRITER_PHASE.stored, publish),
      action(WRITER_PHASE.publish, end),
      (now) => crash(now, turnOf(now)),
      (now) => lookBetween(now, turnOf(now)),
      (now) => receive(now, at(now.state.writers, index), `writer ${index + 1}`),
      (now) => renewByPut(now, at(now.state.writers, index), `writer ${index + 1}`),
    ];
  });
}

function maskOf(ordinal: number): number {
  return 1 << (recordOf(ordinal) - 1);
}

function ordinalsIn(mask: number): readonly number[] {
  const ordinals: number[] = [];
  for (let record = 1; mask >>> (record - 1) > 0; record++) {
    const ordinal = ordinalOfRecord(record);
    if ((mask & maskOf(ordinal)) !== 0) ordinals.push(ordinal);
  }
  return ordinals;
}

/** A record that is erased leaves before the reduction. */
function begin(context: ModelContext, turn: Turn): boolean {
  const { writer, name, after } = turn;
  if (!writer.isOpen || context.state.last < after) return false;
  note(context, () => `${name} has its records`);
  if (context.protocol.settings.refuses === "before-reduction") refuseErased(context, writer);
  const left = ordinalsIn(writer.waiting).map((ordinal) => ({ key: KEY, version: versionOf(ordinal) }));
  const [winner] = context.protocol.reduceByKey(left).winners;
  if (winner === undefined) return finish(writer);
  writer.winner = ordinalOfVersion(winner.version);
  writer.phase = WRITER_PHASE.check;
  note(context, () => `writes ${describe(context, writer.winner)} for ${left.length}`);
  return true;
}

function refuseErased(context: ModelContext, writer: WriterState): void {
  for (const ordinal of ordinalsIn(writer.waiting)) {
    if (!isErased(context, writer, ordinal)) continue;
    refuse(context, ordinal);
    writer.waiting &= ~maskOf(ordinal);
  }
}

function isErased({ protocol, list, world }: ModelContext, writer: WriterState, ordinal: number): boolean {
  const { last, inForce } = writer;
  const person = at(world.persons, recordOf(ordinal) - 1);
  const isOtherKey = protocol.settings.digests === "of-another-key-in-writers";
  return protocol.plan.refuses(isOtherKey ? list.nothing : list.of(person, last, inForce), versionOf(ordinal));
}

/** The last decision before the put is sent. It needs no lease. */
function check(context: ModelContext, turn: Turn): boolean {
  const { writer, name } = turn;
  const isCalm = context.world.hasCalmPuts;
  if (isCalm && !writer.hasLease) return false;
  note(context, () => `${name}: before the put`);
  if (isErased(context, writer, writer.winner)) return refuseWinner(context, writer);
  writer.phase = WRITER_PHASE.sent;
  note(context, () => `sends ${describe(context, writer.winner)}`);
  return isCalm ? put(context, turn) : true;
}

/** An erased record supersedes nothing, so the records that lost to it go by themselves. */
function refuseWinner(context: ModelContext, writer: WriterState): boolean {
  refuse(context, writer.winner);
  const losers = writer.waiting & ~maskOf(writer.winner);
  if (context.protocol.settings.losers === "settled") {
    for (const ordinal of ordinalsIn(losers)) if (context.violation === null) refuse(context, ordinal);
    return finish(writer);
  }
  restart(writer, losers);
  if (losers === 0) finish(writer);
  return true;
}

function finish(writer: WriterState): boolean {
  restart(writer, 0);
  writer.phase = WRITER_PHASE.done;
  return true;
}

function restart(writer: WriterState, waiting: number): void {
  writer.phase = WRITER_PHASE.begin;
  writer.waiting = waiting;
  writer.winner = 0;
  writer.copy = 0;
}

/** A copy in the cache is as high as the record, so nothing is put. */
function beCovered(context: ModelContext, { writer, name }: Turn): boolean {
  const copy = context.state.cached - 1;
  if (copy < writer.winner) return false;
  note(context, () => `${name}: the cached ${describe(context, copy)} covers ${describe(context, writer.winner)}`);
  writer.copy = copy;
  writer.phase = WRITER_PHASE.stored;
  return true;
}

function put(context: ModelContext, { writer, name }: Turn): boolean {
  const isStored = land(context, writer.winner);
  writer.copy = context.state.stored;
  writer.phase = WRITER_PHASE.stored;
  const outcome = (): string => (isStored ? "stored" : `refused, the store holds ${describe(context, writer.copy)}`);
  note(context, () => `${name}: STORE(${describe(context, writer.winner)}): ${outcome()}`);
  return true;
}

/** Its sender learns nothing, and sends all of its records again. */
function losePut(context: ModelContext, { writer, name }: Turn): boolean {
  if (!sendLatePut(context, writer.winner)) return false;
  note(context, () => `${name}: STORE(${describe(context, writer.winner)}) without an answer: it may land later`);
  restart(writer, writer.waiting);
  return true;
}

/** The cache is told under a lease. */
function publish(context: ModelContext, { writer, name }: Turn): boolean {
  if (!writer.hasLease) return false;
  leaveCopy(context, writer.copy);
  writer.phase = WRITER_PHASE.publish;
  note(context, () => `${name} publishes ${describe(context, writer.copy)}`);
  return true;
}

function end(context: ModelContext, { writer, name }: Turn): boolean {
  note(context, () => `${name} has published`);
  if (isErased(context, writer, writer.winner)) return refuseWinner(context, writer);
  acknowledge(context, Math.max(writer.copy, writer.winner));
  return finish(writer);
}

/** The writer dies between two steps, or its records are delivered again after their receipts. */
function crash(context: ModelContext, { writer, name, all }: Turn): boolean {
  const isUntouched = writer.phase === WRITER_PHASE.begin && writer.waiting === all;
  if (isUntouched || !spend(context.state, "crashesLeft")) return false;
  note(context, () => `${name} dies, and its records come again`);
  restart(writer, all);
  forget(writer);
  return true;
}

function lookBetween(context: ModelContext, { writer, name }: Turn): boolean {
  return writer.phase !== WRITER_PHASE.done && look(context, writer, name);
}
