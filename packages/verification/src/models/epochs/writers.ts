/**
 * The steps of writers, driven by the production write plan and cache epoch
 * plan.
 *
 * A server refuses a command of another epoch than its own. Such a refusal
 * changes nothing, so it is no step of the model: the writer looks at the cache
 * epoch, connects again, or goes on when another epoch has begun.
 */
import { NO_FENCE_ID, type PutReply, type VersionedWrite } from "@trilane/write-through/protocol";
import { at } from "../../engine/at.ts";
import { copyOf, idOfText, ordinalOf, ordinalOfCopy, textOfId, versionOf, type ModelBody } from "../values.ts";
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
import { landPut } from "../store.ts";
import { note } from "../../engine/actions.ts";
import { sendLate, LATE_KIND } from "../late-command.ts";
import { spend } from "../../engine/budget.ts";
import { acknowledge } from "./monitor.ts";
import { WRITER_PHASE, type WriterState } from "./state.ts";

interface Turn {
  readonly name: string;
  readonly version: number;
  readonly writer: WriterState;
}

export function writerActions(context: ModelContext): readonly ModelAction[] {
  return context.world.writers.flatMap((version, index) => {
    const action =
      (act: (now: ModelContext, turn: Turn) => boolean): ModelAction =>
      (now) =>
        act(now, { name: `writer ${index + 1}`, version, writer: at(now.state.writers, index) });
    return [
      action(takeStep),
      action(losePut),
      action(loseFence),
      action(losePublish),
      action(sendLatePublish),
      action(lookAgain),
      ...(context.world.slowLooks ? [action(receive)] : []),
      action(connectElsewhere),
      action(crash),
    ];
  });
}

function takeStep(context: ModelContext, turn: Turn): boolean {
  switch (turn.writer.phase) {
    case WRITER_PHASE.fence:
      return fence(context, turn);
    case WRITER_PHASE.store:
      return store(context, turn);
    case WRITER_PHASE.decide:
      return decide(context, turn);
    case WRITER_PHASE.publish:
      return publish(context, turn);
    default:
      return false;
  }
}

function fence(context: ModelContext, turn: Turn): boolean {
  const { writer, version, name } = turn;
  const decision = context.plan.beforeFence(knowledgeOf(context, writer));
  if (decision.next === "look") return false;
  if (decision.next === "store") {
    hold(writer, { id: 0, epoch: writer.epoch, mode: "off" });
    note(context, () => `${name} needs no fence in epoch ${writer.epoch} off`);
    return true;
  }
  const { epoch, mode } = decision;
  const server = serverOf(context, writer);
  if (!admits(context, server, epoch)) return false;
  const id = textOfId(context.takeFreshId());
  const { entry, reply } = context.protocol.transitions.fence(server.entry, { epoch, version: versionOf(version), id });
  server.entry = entry;
  noteTurn(context, turn, () => `FENCE(${version}) in epoch ${epoch} ${mode}: ${describeServerEntry(entry)}`);
  const step = context.protocol.writePlan.afterFence(writeOf(version), reply);
  if (step.next === "store") hold(writer, { id: idOfText(step.hold.id), epoch, mode });
  else if (reply.kind === "covered") acknowledge(context, writer, ordinalOf(reply.version));
  return true;
}

function hold(writer: WriterState, held: { id: number; epoch: number; mode: WriterState["holdMode"] }): void {
  writer.phase = WRITER_PHASE.store;
  writer.holdId = held.id;
  writer.holdEpoch = held.epoch;
  writer.holdMode = held.mode;
}

function store(context: ModelContext, turn: Turn): boolean {
  const { writer, version } = turn;
  const { state } = context;
  if (mayStore(context, turn) === "waits") {
    return waitOut(context, writer, turn.name);
  }
  if (!mayLand(context, writer)) return false;
  const isStored = state.stored < version;
  if (isStored) landPut(state, version);
  noteTurn(context, turn, () => `STORE(${version}): ${isStored ? "stored" : `refused, it holds ${state.stored}`}`);
  const reply: PutReply<ModelBody> = isStored ? { kind: "stored" } : { kind: "refused", current: copyOf(state.stored) };
  const fenced = { id: textOfId(writer.holdId), replacedClean: false };
  const step = context.protocol.writePlan.afterPut(writeOf(version), fenced, reply);
  if (step.next !== "publish") throw new TypeError("an answered put is published");
  writer.copy = ordinalOfCopy(step.copy);
  writer.phase = WRITER_PHASE.decide;
  return true;
}

function mayStore(context: ModelContext, { writer }: Turn): "waits" | "stores" {
  const known = knowledgeOf(context, writer);
  const decision = known === null ? null : context.plan.beforeStore(known, nowOf(context, writer));
  return decision?.next === "wait" ? "waits" : "stores";
}

/** In some worlds no put lands in a later cache epoch than the one that it was sent under. */
function mayLand({ world, state }: ModelContext, writer: WriterState): boolean {
  if (world.putsLand === "any-epoch") return true;
  return state.recordEpoch === writer.holdEpoch && (writer.holdId !== 0 || state.recordMode !== "on");
}

/** A local step: the writer's next step depends on its present knowledge. */
function decide(context: ModelContext, turn: Turn): boolean {
  const { writer, name } = turn;
  const known = knowledgeOf(context, writer);
  if (known === null) return false;
  const { holdId, holdEpoch, holdMode } = writer;
  const held = holdId === 0 ? null : { id: textOfId(holdId), epoch: holdEpoch, mode: holdMode };
  const decision = context.plan.beforeAcknowledgement(known, nowOf(context, writer), held);
  switch (decision.next) {
    case "look":
      return false;
    case "wait":
      return waitOut(context, writer, name);
    case "acknowledge":
      note(context, () => `${name} needs no publish`);
      acknowledge(context, writer, writer.copy);
      return true;
    case "publish": {
      const { epoch, id, mayKeep, isFenceOfEpoch } = decision.publication;
      writer.phase = WRITER_PHASE.publish;
      writer.publishEpoch = epoch;
      writer.publishesHold = id !== NO_FENCE_ID;
      writer.publishMayKeep = mayKeep;
      writer.publishIsOfEpoch = isFenceOfEpoch;
      note(context, () => `${name} will publish in epoch ${epoch}`);
      return true;
    }
  }
}

function publish(context: ModelContext, turn: Turn): boolean {
  const { writer } = turn;
  const server = serverOf(context, writer);
  const { publishEpoch: epoch, publishMayKeep: keep, copy } = writer;
  if (!admits(context, server, epoch)) {
    noteTurn(context, turn, () => `PUBLISH in epoch ${epoch}: the cache is lost`);
    return afterPublish(context, turn, "lost");
  }
  const id = publishId(writer);
  server.entry = context.protocol.transitions.publish(server.entry, { epoch, id, copy: copyOf(copy), keep });
  noteTurn(context, turn, () => `PUBLISH(${copy}) in epoch ${epoch}: ${describeServerEntry(server.entry)}`);
  return afterPublish(context, turn, "done");
}

function publishId({ publishesHold, holdId }: WriterState): string {
  return publishesHold ? textOfId(holdId) : NO_FENCE_ID;
}

function afterPublish(context: ModelContext, { writer }: Turn, answer: "done" | "unknown" | "lost"): boolean {
  const { publishEpoch: epoch, publishMayKeep: mayKeep, publishIsOfEpoch: isFenceOfEpoch } = writer;
  const publication = { epoch, id: publishId(writer), mayKeep, isFenceOfEpoch };
  const decision = context.plan.afterPublish(publication, answer);
  endPublishing(writer);
  writer.phase = WRITER_PHASE.decide;
  if (decision.next === "acknowledge") acknowledge(context, writer, writer.copy);
  return true;
}

/** The put is on its way, and its sender learns nothing and starts again. */
function losePut(context: ModelContext, turn: Turn): boolean {
  const { writer, version } = turn;
  const { state } = context;
  if (writer.phase !== WRITER_PHASE.store || state.stored >= version) return false;
  if (mayStore(context, turn) === "waits" || !spend(state, "latePutsLeft")) return false;
  state.latePuts |= 1 << (version - 1);
  noteTurn(context, turn, () => `STORE(${version}) without an answer: it may land later`);
  restart(writer);
  return true;
}

function restart(writer: WriterState): void {
  writer.phase = WRITER_PHASE.fence;
  writer.holdId = 0;
  writer.holdEpoch = 0;
  writer.holdMode = "off";
  writer.copy = 0;
  endPublishing(writer);
}

function endPublishing(writer: WriterState): void {
  writer.publishEpoch = 0;
  writer.publishesHold = false;
  writer.publishMayKeep = false;
  writer.publishIsOfEpoch = false;
}

function loseFence(context: ModelContext, turn: Turn): boolean {
  const { writer, version } = turn;
  if (writer.phase !== WRITER_PHASE.fence || context.state.lateCommandsLeft === 0) return false;
  const decision = context.plan.beforeFence(knowledgeOf(context, writer));
  if (decision.next !== "fence") return false;
  const { epoch } = decision;
  const { server } = writer;
  if (!sendLate(context.state, { kind: LATE_KIND.fence, id: 0, version, keep: false, epoch, server })) return false;
  noteTurn(context, turn, () => `FENCE(${version}) in epoch ${epoch} without an answer: it may execute later`);
  return true;
}

/** The publish gets no answer and is never executed. */
function losePublish(context: ModelContext, turn: Turn): boolean {
  if (turn.writer.phase !== WRITER_PHASE.publish) return false;
  noteTurn(context, turn, () => `PUBLISH(${turn.writer.copy}) is lost`);
  return afterPublish(context, turn, "unknown");
}

function sendLatePublish(context: ModelContext, turn: Turn): boolean {
  const { writer } = turn;
  if (writer.phase !== WRITER_PHASE.publish) return false;
  const { copy: version, publishEpoch: epoch, publishMayKeep: keep, server } = writer;
  const id = writer.publishesHold ? writer.holdId : 0;
  if (!sendLate(context.state, { kind: LATE_KIND.publish, id, version, keep, epoch, server })) return false;
  noteTurn(context, turn, () => `PUBLISH(${version}) in epoch ${epoch} without an answer: it may execute later`);
  return afterPublish(context, turn, "unknown");
}

function lookAgain(context: ModelContext, { writer, name }: Turn): boolean {
  return writer.phase !== WRITER_PHASE.acknowledged && look(context, writer, name);
}

function receive(context: ModelContext, { writer, name }: Turn): boolean {
  return receiveLook(context, writer, name);
}

function connectElsewhere(context: ModelContext, { writer, name }: Turn): boolean {
  return writer.phase !== WRITER_PHASE.acknowledged && connectAgain(context, writer, name);
}

/** The writer dies between two steps, or after its acknowledgement, and its record comes again. */
function crash(context: ModelContext, { writer, name }: Turn): boolean {
  const isUntouched = writer.phase === WRITER_PHASE.fence && writer.epoch === 0;
  if (isUntouched || !spend(context.state, "crashesLeft")) return false;
  note(context, () => `${name} crashes and is redelivered`);
  restart(writer);
  forget(context, writer);
  return true;
}

function writeOf(version: number): VersionedWrite<ModelBody> {
  return { version: versionOf(version), body: version, populate: "always" };
}

function noteTurn(context: ModelContext, turn: Turn, text: () => string): void {
  const server = context.world.failovers === 0 ? "" : ` (server ${turn.writer.server + 1})`;
  note(context, () => `${turn.name}${server}: ${text()}`);
}
