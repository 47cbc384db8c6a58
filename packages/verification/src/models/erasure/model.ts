/** A world of erasures with a protocol, and the visit of all its states. */
import { assertBudgets, budgetOf } from "../../engine/budget.ts";
import { findRuns } from "../../engine/packing.ts";
import { type Exploration, type ExploreOptions, searchSpace } from "../../engine/search.ts";
import { packed, type SearchSpace } from "../../engine/search-space.ts";
import { FRESH_ID } from "../values.ts";
import { createStateCodec } from "./codec.ts";
import { createErasureTable, type ModelAction, type ModelContext } from "./context.ts";
import { environmentActions } from "./environment.ts";
import { findLeftPayload, observe } from "./monitor.ts";
import type { ProtocolUnderTest } from "./protocol.ts";
import { readerActions } from "./readers.ts";
import { createState, SWEEP_PHASE, WRITER_PHASE } from "./state.ts";
import { sweeperActions } from "./sweeper.ts";
import { RECORDS_MAX } from "./values.ts";
import type { World, WorldWriter } from "./world.ts";
import { writerActions } from "./writers.ts";

/** Visits every state of the world. */
export function explore(world: World, protocol: ProtocolUnderTest, options: ExploreOptions = {}): Exploration {
  return searchSpace(createModel(world, protocol), options);
}

export function createModel(world: World, protocol: ProtocolUnderTest): SearchSpace<ModelContext> {
  assertBounds(world);
  const shape = { writers: world.writers.length, readers: world.readers };
  const codec = createStateCodec(shape, findRuns(world.writers, areTwins));
  const context: ModelContext = {
    world,
    protocol,
    list: createErasureTable(world),
    state: createState(shape.writers, shape.readers),
    violation: null,
    notes: null,
    takeFreshId: () => FRESH_ID,
  };
  const actions = [
    ...writerActions(context),
    ...readerActions(context),
    ...sweeperActions(context),
    ...environmentActions(context),
  ];
  prepare(context);
  return {
    name: world.name,
    context,
    codec,
    actions: actions.map(observed),
    first: packed(codec, context.state),
    watch: { upkeep: findLeftPayload, isQuiet },
  };
}

/** The monitor looks at every step. */
function observed(action: ModelAction): ModelAction {
  return (context) => {
    if (!action(context)) return false;
    observe(context);
    return true;
  };
}

function prepare({ state, world }: ModelContext): void {
  state.crashesLeft = budgetOf(world.crashes);
  state.latePutsLeft = budgetOf(world.latePuts);
  world.writers.forEach(({ records }, index) => {
    const writer = state.writers[index];
    if (writer !== undefined) writer.waiting = records.reduce((mask, record) => mask | (1 << (record - 1)), 0);
  });
}

/** A world in which the work never ends says nothing about its rules. */
function isQuiet({ state, world }: ModelContext): boolean {
  const isWritten = state.writers.every(({ phase }) => phase === WRITER_PHASE.done);
  return isWritten && (!world.sweeps || state.sweepPhase === SWEEP_PHASE.done);
}

function areTwins(left: WorldWriter, right: WorldWriter): boolean {
  return left.after === right.after && left.records.join() === right.records.join();
}

const ERASURES_MAX = 3;

function assertBounds({ name, crashes, latePuts, persons, writers, erasures }: World): void {
  assertBudgets(name, [crashes, latePuts]);
  if (persons.length > RECORDS_MAX) throw new RangeError(`world ${name}: at most ${RECORDS_MAX} records`);
  if (erasures.length > ERASURES_MAX) throw new RangeError(`world ${name}: at most ${ERASURES_MAX} erasures`);
  const records = writers.flatMap((writer) => writer.records);
  if (records.some((record) => record < 1 || record > persons.length)) {
    throw new RangeError(`world ${name}: its records are numbered from 1 to ${persons.length}`);
  }
}
