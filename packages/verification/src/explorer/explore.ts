/**
 * Breadth-first search over every interleaving of a world.
 *
 * States are visited in the order of their distance from the first one, so the
 * first finding has a shortest trace. The result counts what was visited; it
 * is "no violation found within these bounds", not a proof.
 */
import { createModel, type Model } from "./model.ts";
import type { ProtocolUnderTest } from "./protocol-under-test.ts";
import { StateTable } from "./state-table.ts";
import { tellStory } from "./story.ts";
import { isQuietState } from "./upkeep.ts";
import type { World } from "./world.ts";

export const STATES_MAX_DEFAULT = 150_000_000;
const PROGRESS_STATES = 1 << 18;

export interface ExploreOptions {
  /** Gives up when there are more states. */
  readonly statesMax?: number;
  /** Called every few hundred thousand states. */
  readonly onProgress?: (progress: Progress) => void;
  /** Also checks that the cache is of use again (see upkeep.ts); true unless said otherwise. */
  readonly checksUpkeep?: boolean;
}

export interface Progress {
  readonly world: string;
  readonly visited: number;
  readonly states: number;
  readonly depth: number;
  readonly bytes: number;
}

export interface Finding {
  /** A read that is not linearizable, or a cache that is of no use. */
  readonly kind: "violation" | "upkeep";
  readonly message: string;
  /** How many steps lead there. */
  readonly steps: number;
  readonly story: readonly string[];
}

export interface Exploration {
  readonly world: string;
  /** "bounded": there were more states than allowed. */
  readonly result: "exhausted" | "found" | "bounded";
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly bytes: number;
  readonly finding: Finding | null;
}

interface Search {
  readonly model: Model;
  readonly table: StateTable;
  readonly current: Uint32Array;
  readonly next: Uint32Array;
  transitions: number;
  quietStates: number;
}

export function explore(world: World, protocol: ProtocolUnderTest, options: ExploreOptions = {}): Exploration {
  const model = createModel(world, protocol);
  const { words } = model.codec;
  const search: Search = {
    model,
    table: new StateTable(words),
    current: new Uint32Array(words),
    next: new Uint32Array(words),
    transitions: 0,
    quietStates: 0,
  };
  search.table.add(model.first, 0);
  return run(search, options);
}

function run(search: Search, options: ExploreOptions): Exploration {
  const { table, model } = search;
  const { statesMax = STATES_MAX_DEFAULT, onProgress, checksUpkeep = true } = options;
  let depth = 0;
  let levelEnd = table.size;
  for (let index = 0; index < table.size; index++) {
    if (index === levelEnd) {
      depth++;
      levelEnd = table.size;
    }
    const problem = visit(search, index, checksUpkeep);
    if (problem !== null) return summarize(search, depth, "found", toFinding(search, index, problem));
    if (table.size > statesMax) return summarize(search, depth, "bounded", null);
    if (index % PROGRESS_STATES === PROGRESS_STATES - 1) {
      const { size: states, bytes } = table;
      onProgress?.({ world: model.world.name, visited: index + 1, states, depth, bytes });
    }
  }
  if (checksUpkeep && search.quietStates === 0) {
    const message = "no run ever gets all writes acknowledged";
    const finding: Finding = { kind: "upkeep", message, steps: 0, story: [] };
    return summarize(search, depth, "found", finding);
  }
  return summarize(search, depth, "exhausted", null);
}

interface Problem {
  readonly kind: Finding["kind"];
  readonly message: string;
}

/** Takes every step that is possible in the state. */
function visit(search: Search, index: number, checksUpkeep: boolean): Problem | null {
  const { model, table, current, next } = search;
  const { context, codec } = model;
  table.read(index, current);
  codec.decode(current, context.state);
  if (isQuietState(context)) search.quietStates++;
  const neglect = checksUpkeep ? model.upkeep(context) : null;
  if (neglect !== null) return { kind: "upkeep", message: neglect };
  for (const action of model.actions) {
    context.violation = null;
    if (!action(context)) continue;
    search.transitions++;
    const { violation } = context;
    if (violation !== null) return { kind: "violation", message: violation };
    codec.encode(context.state, next);
    table.add(next, index);
    codec.decode(current, context.state);
  }
  return null;
}

function toFinding(search: Search, index: number, problem: Problem): Finding {
  const { table, model } = search;
  const path: Uint32Array[] = [];
  for (let at = index; ; at = table.parentOf(at)) {
    const words = new Uint32Array(model.codec.words);
    table.read(at, words);
    path.unshift(words);
    if (at === 0) break;
  }
  const story = tellStory(model, path, problem.kind === "violation");
  return { ...problem, steps: story.length, story };
}

function summarize(search: Search, depth: number, result: Exploration["result"], finding: Finding | null): Exploration {
  const { table, model, transitions } = search;
  const { size: states, bytes } = table;
  return { world: model.world.name, result, states, transitions, depth, bytes, finding };
}
