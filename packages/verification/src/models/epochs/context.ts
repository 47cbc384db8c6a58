/**
 * The values that every step of the model works on, and the steps that
 * processes of both kinds take: look at the record, wait, connect again, and
 * send commands to a server.
 */
import type { Entry, Now, CacheEpoch, CacheEpochKnowledge, CacheEpochPlan } from "@trilane/write-through/protocol";
import type { SearchContext } from "../../engine/search-space.ts";
import { at } from "../../engine/at.ts";
import type { ModelBody } from "../values.ts";
import type { ProtocolUnderTest } from "./protocol.ts";
import type { ProcessState, State, ServerState } from "./state.ts";
import type { ModelTime } from "./time.ts";
import type { World } from "./world.ts";
import { note, type Action } from "../../engine/actions.ts";
import { describeEntry } from "../entry-codec.ts";

export interface ModelContext extends SearchContext {
  readonly world: World;
  readonly protocol: ProtocolUnderTest;
  readonly plan: CacheEpochPlan;
  readonly time: ModelTime;
  readonly state: State;
}

export type ModelAction = Action<ModelContext>;

export function recordOf(state: State): CacheEpoch {
  return { epoch: state.recordEpoch, mode: state.recordMode };
}

/** Null before its first record. */
export function knowledgeOf({ time, state }: ModelContext, process: ProcessState): CacheEpochKnowledge | null {
  return time.knowledgeOf(state, process);
}

export function nowOf({ time, state }: ModelContext, process: ProcessState): Now {
  return time.nowOf(state, process);
}

/** The process reads the record, or has put it itself. In worlds with slow looks the answer comes later. */
export function look(context: ModelContext, process: ProcessState, name: string): boolean {
  const { state, world } = context;
  if (process.seenEpoch !== 0 || context.time.isFresh(state, process)) return false;
  const record = recordOf(state);
  note(context, () => `${name} looks at the cache epoch: ${describeCacheEpoch(record)}`);
  process.seenEpoch = record.epoch;
  process.seenMode = record.mode;
  process.isSeenFresh = true;
  if (!world.slowLooks) takeIn(context, process);
  return true;
}

/** The answer to a look arrives. */
export function receiveLook(context: ModelContext, process: ProcessState, name: string): boolean {
  if (process.seenEpoch === 0) return false;
  takeIn(context, process);
  note(context, () => `${name} has the answer to its look, and knows ${describeCacheEpoch(process)}`);
  return true;
}

function takeIn(context: ModelContext, process: ProcessState): void {
  const { seenEpoch: epoch, seenMode: mode, isSeenFresh: isFresh } = process;
  context.time.takeIn(context.state, process, { epoch, mode, isFresh });
  forgetLook(process);
}

function forgetLook(process: ProcessState): void {
  process.seenEpoch = 0;
  process.seenMode = "off";
  process.isSeenFresh = false;
}

/** One lease passes, so every lease on an older epoch than the process knows is over. */
export function waitOut(context: ModelContext, process: ProcessState, name: string): boolean {
  const { epoch } = process;
  if (!context.time.waitOut(context.state, process)) return false;
  note(context, () => `${name} has waited one lease: leases of epochs before ${epoch} are over`);
  return true;
}

/** The process's connection broke, and a new one goes to the server that clients are sent to. */
export function connectAgain(context: ModelContext, process: ProcessState, name: string): boolean {
  const { official } = context.state;
  if (process.server === official) return false;
  process.server = official;
  note(context, () => `${name} connects to server ${official + 1}`);
  return true;
}

/** A process that starts knows nothing. */
export function forget(context: ModelContext, process: ProcessState): void {
  process.epoch = 0;
  process.mode = "off";
  context.time.forget(process);
  process.server = context.state.official;
  forgetLook(process);
}

export function serverOf(context: ModelContext, process: ProcessState): ServerState {
  return at(context.state.servers, process.server);
}

/** Whether the server runs a script of `epoch`. */
export function admits(context: ModelContext, server: ServerState, epoch: number): boolean {
  const { guard } = context.protocol;
  if (!server.isPrimary && guard.replicas === "refuse") return false;
  switch (guard.names) {
    case "nothing":
      return true;
    case "epoch":
      return server.guardEpoch === epoch;
    case "epoch-and-replication":
      return server.guardEpoch === epoch && server.isGuardIntact;
  }
}

export function describeCacheEpoch({ epoch, mode }: CacheEpoch): string {
  return `epoch ${epoch} ${mode}`;
}

export function describeServerEntry(entry: Entry<ModelBody>): string {
  return describeEntry(entry, (epoch) => `, epoch ${epoch}`);
}
