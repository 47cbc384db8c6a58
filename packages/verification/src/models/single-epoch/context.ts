/**
 * The values that every step of the model works on: the world, the protocol
 * under test, and the state that the step changes.
 */
import type { Entry, VersionedWrite } from "@trilane/write-through/protocol";
import type { ProtocolUnderTest } from "./protocol.ts";
import type { SearchContext } from "../../engine/search-space.ts";
import { ITEM_PHASE, MODE, type ItemState, type KeyState, type State } from "./state.ts";
import { at } from "../../engine/at.ts";
import type { ModelBody } from "../values.ts";
import type { World } from "./world.ts";
import type { Action } from "../../engine/actions.ts";

/** One key of one writer's batch, after the reduction. */
export interface ItemDefinition {
  readonly name: string;
  readonly writer: number;
  readonly key: number;
  readonly version: number;
  /** The input of the production write plan. */
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

export type ModelAction = Action<ModelContext>;

export function keyOf(context: ModelContext, key: number): KeyState {
  return at(context.state.keys, key);
}

export function itemOf(context: ModelContext, item: number): ItemState {
  return at(context.state.items, item);
}

export function currentEpoch(state: State): number {
  return state.mode === MODE.onAgain ? 1 : 0;
}

/** The entry as a process of the current epoch sees it. */
export function viewOf(context: ModelContext, key: KeyState): Entry<ModelBody> {
  return context.protocol.transitions.view(key.entry, currentEpoch(context.state));
}

/** The item starts again with its first step, which is FENCE (rule 1), as a redelivery does. */
export function restartItem(item: ItemState): void {
  item.phase = ITEM_PHASE.fence;
  item.holdId = 0;
  item.replacedClean = false;
  item.copy = 0;
  item.keep = false;
  item.promise = 0;
}

export function readerName(reader: number): string {
  return `reader ${String.fromCharCode(65 + reader)}`;
}

/** The name of a key, in worlds that have several. */
export function keyName(context: ModelContext, key: number): string {
  return context.world.keys === 1 ? "" : ` of key ${String.fromCharCode(120 + key)}`;
}
