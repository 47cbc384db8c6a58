/**
 * A world of one epoch, or of epochs that all processes learn of at once, with
 * a protocol: its first state, the possible steps of each state, and the visit
 * of all its states.
 */
import type { Reduction, Versioned } from "@trilane/write-through/protocol";
import { environmentActions } from "./environment.ts";
import { type ItemDefinition, type ModelContext } from "./context.ts";
import type { ProtocolUnderTest } from "./protocol.ts";
import { readerActions } from "./readers.ts";
import { packed, type SearchSpace, type StateCodec } from "../../engine/search-space.ts";
import { type Exploration, type ExploreOptions, searchSpace } from "../../engine/search.ts";
import { createStateCodec } from "./codec.ts";
import { createState, type StateShape, type State } from "./state.ts";
import { createUpkeepCheck, isQuietState } from "./upkeep.ts";
import { at } from "../../engine/at.ts";
import { assertVersions, FRESH_ID, ordinalOf, versionOf } from "../values.ts";
import type { World, WorldWriter } from "./world.ts";
import { writerActions } from "./writers.ts";
import { findRuns } from "../../engine/packing.ts";
import { budgetOf, assertBudgets } from "../../engine/budget.ts";
import { assertLateCommands } from "../late-command.ts";

/** Visits every state of the world. */
export function explore(world: World, protocol: ProtocolUnderTest, options: ExploreOptions = {}): Exploration {
  return searchSpace(createModel(world, protocol), options);
}

export function createModel(world: World, protocol: ProtocolUnderTest): SearchSpace<ModelContext> {
  assertBounds(world);
  const items = world.writers.flatMap((writer, index) => defineItems(writer, index, protocol));
  const shape: StateShape = {
    keys: world.keys,
    items: items.length,
    readers: world.readers.length,
    lateSlots: world.lateCommands,
  };
  const codec = createStateCodec({
    shape,
    itemKeys: items.map((item) => item.key),
    twins: findRuns(items, (left, right) => areTwins(left, right, items)),
  });
  const context: ModelContext = {
    world,
    protocol,
    items,
    batches: world.writers.map((_, writer) => items.flatMap((item, index) => (item.writer === writer ? [index] : []))),
    state: createState(shape),
    violation: null,
    notes: null,
    takeFreshId: () => FRESH_ID,
  };
  return {
    name: world.name,
    context,
    codec,
    actions: [...writerActions(context), ...readerActions(context), ...environmentActions(context)],
    watch: { upkeep: createUpkeepCheck(context), isQuiet: isQuietState },
    first: firstState(context, codec),
  };
}

function firstState(context: ModelContext, codec: StateCodec<State>): Uint32Array {
  const { state, world } = context;
  state.crashesLeft = budgetOf(world.crashes);
  state.latePutsLeft = budgetOf(world.latePuts);
  state.lateCommandsLeft = budgetOf(world.lateCommands);
  world.readers.forEach((reads, index) => {
    at(state.readers, index).readsLeft = reads;
  });
  return packed(codec, state);
}

interface ModelRecord extends Versioned {
  readonly keyNumber: number;
}

function defineItems(writer: WorldWriter, index: number, protocol: ProtocolUnderTest): readonly ItemDefinition[] {
  const records: readonly ModelRecord[] = writer.records.map(({ key, version }) => ({
    key: String(key),
    keyNumber: key,
    version: versionOf(version),
  }));
  const reduction = protocol.reduceByKey(records);
  return reduction.winners.map((winner, position) => {
    const version = ordinalOf(winner.version);
    return {
      name: `writer ${index + 1}`,
      writer: index,
      key: winner.keyNumber,
      version,
      write: { version: winner.version, body: version, populate: writer.populate },
      acknowledges: highestOf(records, reduction, position),
    };
  });
}

/** The highest version among the records that the winner stands for, since each of them gets a receipt. */
function highestOf(records: readonly ModelRecord[], reduction: Reduction<ModelRecord>, position: number): number {
  return records.reduce(
    (highest, record, index) =>
      reduction.winnerOf[index] === position ? Math.max(highest, ordinalOf(record.version)) : highest,
    0,
  );
}

/** True for writers that write the same single record. */
function areTwins(left: ItemDefinition, right: ItemDefinition, items: readonly ItemDefinition[]): boolean {
  const isAlone = ({ writer }: ItemDefinition): boolean =>
    items.filter((other) => other.writer === writer).length === 1;
  return isAlone(left) && isAlone(right) && sameWrite(left, right);
}

function sameWrite(a: ItemDefinition, b: ItemDefinition): boolean {
  return (
    a.key === b.key &&
    a.version === b.version &&
    a.acknowledges === b.acknowledges &&
    a.write.populate === b.write.populate
  );
}

function assertBounds(world: World): void {
  assertBudgets(world.name, [world.crashes, world.latePuts, world.lateCommands, ...world.readers]);
  assertLateCommands(world.name, world.lateCommands);
  const records = world.writers.flatMap((writer) => writer.records);
  assertVersions(
    world.name,
    records.map(({ version }) => version),
  );
  if (records.some(({ key }) => key < 0 || key >= world.keys)) {
    throw new RangeError(`world ${world.name}: keys are numbered from 0 to ${world.keys - 1}`);
  }
}
