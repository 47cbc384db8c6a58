/** A world of cache epochs with a protocol, ready to be explored. */
import { FRESH_ID, createCacheEpochCodec, type CacheEpochCodec } from "./codec.ts";
import { clockActions, createClockTime } from "./clocks.ts";
import type { CacheEpochContext } from "./context.ts";
import { environmentActions } from "./environment.ts";
import type { CacheEpochProtocol } from "./protocol.ts";
import { readerActions } from "./readers.ts";
import { createCacheEpochState, WRITER_PHASE, type CacheEpochShape } from "./state.ts";
import { createTimelessTime } from "./time.ts";
import type { CacheEpochWorld } from "./world.ts";
import { writerActions } from "./writers.ts";
import type { SearchSpace } from "../../engine/search-space.ts";
import { copyOf, ORDINAL_MAX } from "../values.ts";
import { findRuns } from "../../engine/packing.ts";
import { budgetOf, assertBudgets } from "../../engine/budget.ts";
import { LATE_COMMANDS_MAX } from "../late-command.ts";

export function createCacheEpochModel(
  world: CacheEpochWorld,
  protocol: CacheEpochProtocol,
): SearchSpace<CacheEpochContext> {
  assertBounds(world);
  const shape: CacheEpochShape = {
    writers: world.writers.length,
    readers: world.readers,
    lateSlots: world.lateCommands,
    hasClocks: world.clocks !== null,
  };
  const codec = createCacheEpochCodec(shape, findRuns(world.writers, Object.is));
  const { whenCacheUnreachable, clocks } = world;
  const plan = protocol.createCacheEpochPlan({ whenCacheUnreachable });
  const context: CacheEpochContext = {
    world,
    protocol,
    plan,
    time: clocks === null ? createTimelessTime(plan) : createClockTime(clocks, plan, protocol.createElapsedTime),
    state: createCacheEpochState(shape),
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
function findUselessCache({ state, protocol }: CacheEpochContext): string | null {
  const isGuardMissing = state.owesGuard && protocol.guard.isSet === "once";
  return state.recordMode === "on" && isGuardMissing ? "the cache is on, and its guard was never set" : null;
}

/** A world in which no write is ever acknowledged says nothing about its rules. */
function isEveryWriteAcknowledged({ state }: CacheEpochContext): boolean {
  return state.writers.every(({ phase }) => phase === WRITER_PHASE.acknowledged);
}

function firstState({ state, world }: CacheEpochContext, codec: CacheEpochCodec): Uint32Array {
  state.crashesLeft = budgetOf(world.crashes);
  state.flushesLeft = budgetOf(world.flushes);
  state.failoversLeft = budgetOf(world.failovers);
  state.latePutsLeft = budgetOf(world.latePuts);
  state.lateCommandsLeft = budgetOf(world.lateCommands);
  if (world.clocks?.leases?.[0] === "long") state.waitsLong[0] = true;
  if (world.starts === "clean") {
    for (const server of state.servers) server.entry = { state: "clean", epoch: 1, copy: copyOf(0) };
  }
  const words = new Uint32Array(codec.words);
  codec.encode(state, words);
  return words;
}

function assertBounds(world: CacheEpochWorld): void {
  const { name, crashes, flushes, failovers, latePuts, lateCommands } = world;
  assertBudgets(name, [crashes, flushes, failovers, latePuts, lateCommands]);
  if (lateCommands > LATE_COMMANDS_MAX)
    throw new RangeError(`world ${name}: at most ${LATE_COMMANDS_MAX} late commands`);
  assertClockBounds(world);
  if (world.writers.some((version) => version < 1 || version > ORDINAL_MAX)) {
    throw new RangeError(`world ${world.name}: versions are ordinals from 1 to ${ORDINAL_MAX}`);
  }
}

/**
 * In worlds with clocks, readers are not sorted, since each has clocks of its own, and no process begins a second
 * history.
 */
function assertClockBounds({ name, clocks, writers, readers, crashes, slowLooks }: CacheEpochWorld): void {
  if (clocks === null) return;
  if (new Set(writers).size < writers.length) throw new RangeError(`world ${name}: with clocks no version comes twice`);
  if (crashes !== 0 || slowLooks || readers !== 1) {
    throw new RangeError(`world ${name}: with clocks there is one reader, and no crash and no slow look`);
  }
}
