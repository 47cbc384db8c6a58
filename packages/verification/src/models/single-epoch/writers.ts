/**
 * The steps of writers, driven by the production write plan.
 *
 * The items of a batch go in lockstep: no item takes a step while another item
 * has an earlier one to take. A crash takes the whole batch back to the
 * beginning.
 */
import type { PutReply, WriteOutcome, WriteStep } from "@trilane/write-through/protocol";
import {
  currentEpoch,
  itemOf,
  keyName,
  keyOf,
  restartItem,
  type ModelAction,
  type ItemDefinition,
  type ModelContext,
} from "./context.ts";
import { describeEntry } from "../entry-codec.ts";
import { landPut } from "../store.ts";
import { note } from "../../engine/actions.ts";
import { sendLate, LATE_KIND } from "../late-command.ts";
import { spend } from "../../engine/budget.ts";
import { acknowledge } from "./monitor.ts";
import { ITEM_PHASE, MODE, type ItemState, type KeyState } from "./state.ts";
import { at } from "../../engine/at.ts";
import { copyOf, idOfText, ordinalOf, ordinalOfCopy, textOfId, versionOf, type ModelBody } from "../values.ts";

interface Turn {
  readonly index: number;
  readonly definition: ItemDefinition;
  readonly item: ItemState;
  readonly key: KeyState;
}

export function writerActions(context: ModelContext): readonly ModelAction[] {
  const { world, protocol } = context;
  const forItems = context.items.flatMap((_, index): ModelAction[] => [
    itemAction(index, takeStep),
    itemAction(index, loseAnswer),
    ...(world.writersWithoutAnswer === "carry-on" ? [itemAction(index, losePublish)] : []),
    ...(protocol.settings.clientResends === "never" ? [] : [itemAction(index, resend)]),
  ]);
  const forWriters = context.batches.flatMap((items): ModelAction[] => [
    ...(world.crashes === 0 ? [] : [(now: ModelContext) => crash(now, items)]),
    ...(world.abandons ? [(now: ModelContext) => abandon(now, items)] : []),
  ]);
  return [...forItems, ...forWriters];
}

function itemAction(index: number, act: (context: ModelContext, turn: Turn) => boolean): ModelAction {
  return (context) => {
    const item = itemOf(context, index);
    if (item.phase >= ITEM_PHASE.acknowledged) return false;
    const definition = at(context.items, index);
    for (const other of at(context.batches, definition.writer)) {
      if (itemOf(context, other).phase < item.phase) return false;
    }
    return act(context, { index, definition, item, key: keyOf(context, definition.key) });
  };
}

/** The item's next request executes and is answered. */
function takeStep(context: ModelContext, turn: Turn): boolean {
  switch (turn.item.phase) {
    case ITEM_PHASE.fence:
      // While the cache is off, writers store without fencing.
      applyStep(context, turn, context.state.mode === MODE.off ? skipFence(context, turn) : fence(context, turn));
      return true;
    case ITEM_PHASE.store:
      put(context, turn);
      return true;
    default:
      publish(context, turn);
      acknowledge(context, turn.index, turn.item.promise);
      return true;
  }
}

function skipFence(context: ModelContext, turn: Turn): WriteStep<ModelBody> {
  noteItem(context, turn, () => "needs no fence while the cache is off");
  return { next: "store", hold: { id: "0", replacedClean: false } };
}

function fence(context: ModelContext, turn: Turn): WriteStep<ModelBody> {
  const { definition, item, key } = turn;
  const id = item.chosenId === 0 ? context.takeFreshId() : item.chosenId;
  item.chosenId = context.protocol.settings.fenceIds === "per-write" ? id : 0;
  const { entry, reply } = context.protocol.transitions.fence(key.entry, {
    epoch: currentEpoch(context.state),
    version: versionOf(definition.version),
    id: textOfId(id),
  });
  key.entry = entry;
  noteItem(context, turn, () => `FENCE(${definition.version}): ${describeEntry(entry)}`);
  return context.protocol.writePlan.afterFence(definition.write, reply);
}

function put(context: ModelContext, turn: Turn): void {
  const { definition, key } = turn;
  if (hasSameKeyTwice(context, definition.writer)) {
    noteItem(context, turn, () => "STORE: the batch has a key twice and is refused as a whole");
    for (const other of at(context.batches, definition.writer)) restartItem(itemOf(context, other));
    return;
  }
  const isStored = key.stored < definition.version;
  if (isStored) landPut(key, definition.version);
  const reply: PutReply<ModelBody> = isStored ? { kind: "stored" } : { kind: "refused", current: copyOf(key.stored) };
  noteItem(
    context,
    turn,
    () => `STORE(${definition.version}): ${isStored ? "stored" : `refused, it holds ${key.stored}`}`,
  );
  applyStep(context, turn, afterPut(context, turn, reply));
}

function hasSameKeyTwice(context: ModelContext, writer: number): boolean {
  const keys = at(context.batches, writer).map((index) => at(context.items, index).key);
  return new Set(keys).size < keys.length;
}

function afterPut(context: ModelContext, turn: Turn, reply: PutReply<ModelBody>): WriteStep<ModelBody> {
  const { definition, item } = turn;
  const hold = { id: textOfId(item.holdId), replacedClean: item.replacedClean };
  const step = context.protocol.writePlan.afterPut(definition.write, hold, reply);
  const needsNoCache = step.next === "publish" && context.state.mode === MODE.off;
  return needsNoCache ? { next: "acknowledge", outcome: step.outcome } : step;
}

function publish(context: ModelContext, turn: Turn): void {
  const { item, key } = turn;
  key.entry = context.protocol.transitions.publish(key.entry, {
    epoch: currentEpoch(context.state),
    id: textOfId(item.holdId),
    copy: copyOf(item.copy),
    keep: item.keep,
  });
  noteItem(context, turn, () => `PUBLISH(#${item.holdId}, ${item.copy}): ${describeEntry(key.entry)}`);
}

function applyStep(context: ModelContext, turn: Turn, step: WriteStep<ModelBody>): void {
  const { definition, item } = turn;
  switch (step.next) {
    case "store":
      item.phase = ITEM_PHASE.store;
      item.holdId = idOfText(step.hold.id);
      item.replacedClean = step.hold.replacedClean;
      return;
    case "publish":
      item.phase = ITEM_PHASE.publish;
      item.holdId = idOfText(step.hold.id);
      item.copy = ordinalOfCopy(step.copy);
      item.keep = step.keep;
      item.promise = promiseOf(step.outcome, definition);
      return;
    case "acknowledge":
      acknowledge(context, turn.index, promiseOf(step.outcome, definition));
      return;
    case "give-up":
      restartItem(item);
      return;
  }
}

function promiseOf(outcome: WriteOutcome, definition: ItemDefinition): number {
  return outcome.status === "superseded" ? ordinalOf(outcome.by) : definition.version;
}

/** The item's next request is on its way, and its sender learns nothing. */
function loseAnswer(context: ModelContext, turn: Turn): boolean {
  const { definition, item, key } = turn;
  switch (item.phase) {
    case ITEM_PHASE.fence:
      return loseFence(context, turn);
    case ITEM_PHASE.store:
      if (key.stored >= definition.version || !spend(context.state, "latePutsLeft")) return false;
      key.latePuts |= 1 << (definition.version - 1);
      noteItem(context, turn, () => `STORE(${definition.version}) without an answer: it may land later`);
      applyStep(context, turn, afterPut(context, turn, { kind: "unknown" }));
      return true;
    default:
      return loseAnswerToPublish(context, turn);
  }
}

function loseFence(context: ModelContext, turn: Turn): boolean {
  const { definition, item } = turn;
  if (context.state.lateCommandsLeft === 0 || context.state.mode === MODE.off) return false;
  const reuses = context.protocol.settings.fenceIds === "per-write";
  if (reuses && item.chosenId === 0) item.chosenId = context.takeFreshId();
  const { key, version } = definition;
  if (
    !sendLate(context.state, {
      kind: LATE_KIND.fence,
      key,
      id: item.chosenId,
      version,
      keep: false,
      epoch: currentEpoch(context.state),
    })
  )
    return false;
  noteItem(context, turn, () => `FENCE(${version}) without an answer: it may execute later; tries again`);
  return true;
}

function loseAnswerToPublish(context: ModelContext, turn: Turn): boolean {
  const { definition, item } = turn;
  const { holdId: id, copy: version, keep } = item;
  if (
    !sendLate(context.state, {
      kind: LATE_KIND.publish,
      key: definition.key,
      id,
      version,
      keep,
      epoch: currentEpoch(context.state),
    })
  )
    return false;
  noteItem(context, turn, () => `PUBLISH(#${id}, ${version}) without an answer: it may execute later`);
  carryOnWithoutPublish(context, turn);
  return true;
}

/** The publish is lost for good, and the writer carries on. */
function losePublish(context: ModelContext, turn: Turn): boolean {
  if (turn.item.phase !== ITEM_PHASE.publish) return false;
  noteItem(context, turn, () => `PUBLISH(#${turn.item.holdId}, ${turn.item.copy}) is lost`);
  carryOnWithoutPublish(context, turn);
  return true;
}

function carryOnWithoutPublish(context: ModelContext, turn: Turn): void {
  if (context.world.writersWithoutAnswer === "give-up") restartItem(turn.item);
  else acknowledge(context, turn.index, turn.item.promise);
}

/** The request executes, its answer is lost, and the client sends the same command again. */
function resend(context: ModelContext, turn: Turn): boolean {
  const { item } = turn;
  if (item.phase === ITEM_PHASE.store || context.state.mode === MODE.off) return false;
  if (item.phase === ITEM_PHASE.publish) {
    publish(context, turn);
  } else {
    const id = item.chosenId === 0 ? context.takeFreshId() : item.chosenId;
    item.chosenId = id;
    fence(context, turn);
    item.chosenId = id;
  }
  note(context, () => "the answer is lost, the client sends the command again");
  return true;
}

/** The writer dies between two steps, or after its acknowledgement, and all its records come again. */
function crash(context: ModelContext, items: readonly number[]): boolean {
  const isUnderWay = items.some((index) => {
    const { phase, chosenId } = itemOf(context, index);
    return (phase !== ITEM_PHASE.fence || chosenId !== 0) && phase !== ITEM_PHASE.abandoned;
  });
  if (!isUnderWay || !spend(context.state, "crashesLeft")) return false;
  note(context, () => `${writerName(context, items)} crashes and is redelivered`);
  for (const index of items) {
    itemOf(context, index).chosenId = 0;
    restartItem(itemOf(context, index));
  }
  return true;
}

function abandon(context: ModelContext, items: readonly number[]): boolean {
  const open = items.filter((index) => itemOf(context, index).phase < ITEM_PHASE.acknowledged);
  if (open.length === 0) return false;
  note(context, () => `${writerName(context, items)} gives up for good`);
  for (const index of open) {
    const item = itemOf(context, index);
    item.phase = ITEM_PHASE.abandoned;
    item.chosenId = 0;
  }
  return true;
}

function noteItem(context: ModelContext, turn: Turn, text: () => string): void {
  const { name, key } = turn.definition;
  note(context, () => `${name}${keyName(context, key)}: ${text()}`);
}

function writerName(context: ModelContext, items: readonly number[]): string {
  return at(context.items, at(items, 0)).name;
}
