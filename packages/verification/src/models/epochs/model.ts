/** A world of cache epochs with a protocol, and the visit of all its states. */
import { createStateCodec } from "./codec.ts";
import { clockActions, createClockTime } from "./clocks.ts";
import type { ModelContext } from "./context.ts";
import { environmentActions } from "./environment.ts";
import type { ProtocolUnderTest } from "./protocol.ts";
import { readerActions } from "./readers.ts";
import { createState, WRITER_PHASE, type StateShape, type State } from "./state.ts";
import { createTimelessTime } from "./time.ts";
import type { World } from "./world.ts";
import { writerActions } from "./writers.ts";
import { packed, type SearchSpace, type StateCodec } from "../../engine/search-space.ts";
import { type Exploration, type ExploreOptions, searchSpace } from "../../engine/search.ts";
import { assertVersions, copyOf, FRESH_ID } from "../values.ts";
import { findRuns } from "../../engine/packing.ts";
import { budgetOf, assertBudgets } from "../../engine/budget.ts";
import { assertLateCommands } from "../late-command.ts";

/** Visits every state of the world. */
export function explore(world: World, protocol: ProtocolUnderTest, options: ExploreOptions = {}): Exploration {
  return searchSpace(createModel(world, protocol), options);
}

export function createModel(world: World, protocol: ProtocolUnderTest): SearchSpace<ModelContext> {
  assertBounds(world);
  const shape: StateShape = {
    writers: world.writers.length,
    readers: world.readers,
    lateSlots: world.lateCommands,
    hasClocks: world.clocks !== null,
  };
  const codec = createStateCodec(shape, findRuns(world.writers, Object.is));
  const { whenCacheUnreachable, clocks } = world;
  const plan = protocol.createCacheEpochPlan({ whenCacheUnreachable });
  const context: ModelContext = {
    world,
    protocol,
    plan,
    time: clocks === null ? createTimelessTime(plan) : createClockTime(clocks, plan, protocol.createElapsedTime),
    state: createState(shape),
    violation: null,
    notes: null,
    takeFreshId: () => FRESH_ID,
  };
  return {
    name: world.name,
    context,
    codec,
    actions: [
      ...writerActions(context),
      ...readerActions(context),
      ...environmentActions(context),
      ...clockActions(context),
    ],
    first: firstState(context, codec),
    watch: { upkeep: findUselessCache, isQuiet: isEveryWriteAcknowledged },
  };
}

/** The promise beyond right reads: nobody turns on a cache that refuses every process. */
function findUselessCache({ state, protocol }: ModelContext): string | null {
  const isGuardMissing = state.owesGuard && protocol.guard.isSet === "once";
  return state.recordMode === "on" && isGuardMissing ? "the cache is on, and its guard was never set" : null;
}

/** A world in which no write is ever acknowledged says nothing about its rules. */
function isEveryWriteAcknowledged({ state }: ModelContext): boolean {
  return state.writers.every(({ phase }) => phase === WRITER_PHASE.acknowledged);
}

function firstState({ state, world }: ModelContext, codec: StateCodec<State>): Uint32Array {
  state.crashesLeft = budgetOf(world.crashes);
  state.flushesLeft = budgetOf(world.flushes);
  state.failoversLeft = budgetOf(world.failovers);
  state.latePutsLeft = budgetOf(world.latePuts);
  state.lateCommandsLeft = budgetOf(world.lateCommands);
  if (world.clocks?.leases?.[0] === "long") state.waitsLong[0] = true;
  if (world.starts === "clean") {
    for (const server of state.servers) server.entry = { state: "clean", epoch: 1, copy: copyOf(0) };
  }
  return packed(codec, state);
}

function assertBounds(world: World): void {
  const { name, crashes, flushes, failovers, latePuts, lateCommands } = world;
  assertBudgets(name, [crashes, flushes, failovers, latePuts, lateCommands]);
  assertLateCommands(name, lateCommands);
  assertVersions(name, world.writers);
  assertClockBounds(world);
}

/**
 * In worlds with clocks, readers are not sorted, since each has clocks of its own, and no process begins a second
 * history.
 */
function assertClockBounds({ name, clocks, writers, readers, crashes, slowLooks }: World): void {
  if (clocks === null) return;
  if (new Set(writers).size < writers.length) throw new RangeError(`world ${name}: with clocks no version comes twice`);
  if (crashes !== 0 || slowLooks || readers !== 1) {
    throw new RangeError(`world ${name}: with clocks there is one reader, and no crash and no slow look`);
  }
}
