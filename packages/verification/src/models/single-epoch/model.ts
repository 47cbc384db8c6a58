/**
 * A world with a protocol, ready to be explored: its first state, and what can
 * happen in each state.
 */
import type { Reduction, Versioned } from "@trilane/write-through/protocol";
import { environmentActions } from "./environment.ts";
import { firstPhase, type Action, type ItemDefinition, type ModelContext } from "./context.ts";
import type { ProtocolUnderTest } from "./protocol.ts";
import { readerActions } from "./readers.ts";
import type { SearchSpace } from "../../engine/search-space.ts";
import { createStateCodec, FRESH_ID, type StateCodec } from "./codec.ts";
import { createState, type StateShape } from "./state.ts";
import { createUpkeepCheck, isQuietState } from "./upkeep.ts";
import { at, ordinalOf, ORDINAL_MAX, versionOf } from "../values.ts";
import { ANY_NUMBER, type World, type WorldWriter } from "./world.ts";
import { writerActions } from "./writers.ts";

export interface Model extends SearchSpace<ModelContext> {
  readonly codec: StateCodec;
  readonly actions: readonly Action[];
}

export function createModel(world: World, protocol: ProtocolUnderTest): Model {
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
    twins: findTwins(items),
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

function firstState(context: ModelContext, codec: StateCodec): Uint32Array {
  const { state, world } = context;
  state.crashesLeft = budgetOf(world.crashes);
  state.latePutsLeft = budgetOf(world.latePuts);
  state.lateCommandsLeft = budgetOf(world.lateCommands);
  for (const item of state.items) item.phase = firstPhase(context);
  world.readers.forEach((reads, index) => {
    at(state.readers, index).readsLeft = reads;
  });
  const words = new Uint32Array(codec.words);
  codec.encode(state, words);
  return words;
}

function budgetOf(bound: number | "any"): number {
  return bound === "any" ? ANY_NUMBER : bound;
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

/** A receipt goes to every record that the winner stands for. */
function highestOf(records: readonly ModelRecord[], reduction: Reduction<ModelRecord>, position: number): number {
  return records.reduce(
    (highest, record, index) =>
      reduction.winnerOf[index] === position ? Math.max(highest, ordinalOf(record.version)) : highest,
    0,
  );
}

/** Runs of neighbouring writers that write the same single record. */
function findTwins(items: readonly ItemDefinition[]): readonly (readonly [number, number])[] {
  const isAlone = (item: ItemDefinition): boolean => items.filter((other) => other.writer === item.writer).length === 1;
  const isTwin = (a: ItemDefinition | undefined, b: ItemDefinition | undefined): boolean =>
    a !== undefined && b !== undefined && isAlone(a) && isAlone(b) && sameWrite(a, b);
  const runs: [number, number][] = [];
  for (let first = 0; first < items.length;) {
    let last = first;
    while (isTwin(items[last], items[last + 1])) last++;
    if (last > first) runs.push([first, last]);
    first = last + 1;
  }
  return runs;
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
  const numbers = [world.crashes, world.latePuts, world.lateCommands, ...world.readers];
  const isTooLarge = numbers.some((bound) => bound !== "any" && bound >= ANY_NUMBER);
  if (isTooLarge || world.lateCommands > 3) {
    throw new RangeError(`world ${world.name}: a bound does not fit into its four bits`);
  }
  const records = world.writers.flatMap((writer) => writer.records);
  if (records.some(({ version }) => version < 1 || version > ORDINAL_MAX)) {
    throw new RangeError(`world ${world.name}: versions are ordinals from 1 to ${ORDINAL_MAX}`);
  }
  if (records.some(({ key }) => key < 0 || key >= world.keys)) {
    throw new RangeError(`world ${world.name}: keys are numbered from 0 to ${world.keys - 1}`);
  }
}
