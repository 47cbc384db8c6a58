/**
 * What every step of the model works on: the world, the protocol under test,
 * and the scratch state that the step changes.
 */
import type { Entry, VersionedWrite } from "@trilane/write-through/protocol";
import type { ProtocolUnderTest } from "./protocol.ts";
import type { SearchContext } from "../../engine/search-space.ts";
import {
  ITEM_PHASE,
  LATE_KIND,
  MODE,
  type ItemPhase,
  type ItemState,
  type KeyState,
  type LateCommand,
  type State,
} from "./state.ts";
import { at, ordinalOf, type ModelBody } from "../values.ts";
import { ANY_NUMBER, type World } from "./world.ts";

/** One key of one writer's batch, after the reduction. */
export interface ItemDefinition {
  readonly name: string;
  readonly writer: number;
  readonly key: number;
  readonly version: number;
  /** What the production write plan is given. */
  readonly write: VersionedWrite<ModelBody>;
  /** The highest version among the records that its acknowledgement stands for. */
  readonly acknowledges: number;
}

export interface ModelContext extends SearchContext {
  readonly world: World;
  readonly protocol: ProtocolUnderTest;
  readonly items: readonly ItemDefinition[];
  /** The items of each writer. */
  readonly batches: readonly (readonly number[])[];
  readonly state: State;
}

/** A step that may be possible: false when it is not, and then nothing was changed. */
export type Action = (context: ModelContext) => boolean;

export function keyOf(context: ModelContext, key: number): KeyState {
  return at(context.state.keys, key);
}

export function itemOf(context: ModelContext, item: number): ItemState {
  return at(context.state.items, item);
}

export function currentEpoch(state: State): number {
  return state.mode === MODE.onAgain ? 1 : 0;
}

/** What a process of the current epoch sees of the entry. */
export function viewOf(context: ModelContext, key: KeyState): Entry<ModelBody> {
  return context.protocol.transitions.view(key.entry, currentEpoch(context.state));
}

export function landPut(key: KeyState, version: number): void {
  if (key.stored < version) key.stored = version;
  // A put not above the stored version can change nothing any more.
  key.latePuts &= ~((1 << key.stored) - 1);
}

/** Takes one from a budget of the state; false when it is used up. */
export function spend(state: State, budget: "crashesLeft" | "latePutsLeft" | "lateCommandsLeft"): boolean {
  if (state[budget] === 0) return false;
  if (state[budget] !== ANY_NUMBER) state[budget]--;
  return true;
}

/** Leaves a command on its way; false when no more may be. */
export function sendLate(context: ModelContext, command: Omit<LateCommand, "epoch">): boolean {
  const slot = context.state.late.find((candidate) => candidate.kind === LATE_KIND.none);
  if (slot === undefined || !spend(context.state, "lateCommandsLeft")) return false;
  Object.assign(slot, command, { epoch: currentEpoch(context.state) });
  return true;
}

export function firstPhase(context: ModelContext): ItemPhase {
  return ITEM_PHASE[context.protocol.writePlan.first];
}

/** The item starts again from its first step, as a redelivery does. */
export function restartItem(context: ModelContext, item: ItemState): void {
  item.phase = firstPhase(context);
  item.holdId = 0;
  item.replacedClean = false;
  item.copy = 0;
  item.keep = false;
  item.promise = 0;
}

/** Tells the story of the step; the text is only made where somebody listens. */
export function note(context: SearchContext, text: () => string): void {
  context.notes?.push(text());
}

export function describeEntry(entry: Entry<ModelBody>): string {
  switch (entry.state) {
    case "absent":
    case "foreign":
      return entry.state;
    case "clean":
      return `clean(${ordinalOf(entry.copy.version)})`;
    case "fence":
      return `fence(#${entry.id}, up to ${ordinalOf(entry.pending)})`;
    case "lease":
      return `lease(#${entry.token}, floor ${ordinalOf(entry.floor)})`;
  }
}

export function readerName(reader: number): string {
  return `reader ${String.fromCharCode(65 + reader)}`;
}

/** Only worlds of several keys name them. */
export function keyName(context: ModelContext, key: number): string {
  return context.world.keys === 1 ? "" : ` of key ${String.fromCharCode(120 + key)}`;
}
