/**
 * Breadth-first search over every interleaving of a space of states.
 *
 * States are visited in the order of their distance from the first one, so the
 * first finding has a shortest trace. The result counts the visited states. It
 * says "no violation found within these bounds", and is not a proof.
 */
import type { SearchContext, SearchSpace } from "./search-space.ts";
import { StateTable } from "./state-table.ts";
import { tellStory } from "./story.ts";

export const STATES_MAX_DEFAULT = 150_000_000;
const PROGRESS_STATES = 1 << 18;

export interface ExploreOptions {
  /** The search gives up when there are more states. */
  readonly statesMax?: number;
  /** Called every few hundred thousand states. */
  readonly onProgress?: (progress: Progress) => void;
  /** Whether to check as well that the cache is of use again (see upkeep.ts). Default: true. */
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
  /** The number of steps that lead there. */
  readonly steps: number;
  readonly story: readonly string[];
}

export interface Exploration {
  readonly world: string;
  /** "bounded": there were more states than the maximum. */
  readonly result: "exhausted" | "found" | "bounded";
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly bytes: number;
  readonly finding: Finding | null;
}

interface Search<Context extends SearchContext> {
  readonly space: SearchSpace<Context>;
  readonly table: StateTable;
  readonly current: Uint32Array;
  readonly next: Uint32Array;
  readonly checksUpkeep: boolean;
  transitions: number;
  quietStates: number;
}

export function searchSpace<Context extends SearchContext>(
  space: SearchSpace<Context>,
  options: ExploreOptions = {},
): Exploration {
  const { words } = space.codec;
  const search: Search<Context> = {
    space,
    table: new StateTable(words),
    current: new Uint32Array(words),
    next: new Uint32Array(words),
    checksUpkeep: space.watch !== null && (options.checksUpkeep ?? true),
    transitions: 0,
    quietStates: 0,
  };
  search.table.add(space.first, 0);
  return run(search, options);
}

function run<Context extends SearchContext>(search: Search<Context>, options: ExploreOptions): Exploration {
  const { table, space } = search;
  const { statesMax = STATES_MAX_DEFAULT, onProgress } = options;
  let depth = 0;
  let levelEnd = table.size;
  for (let index = 0; index < table.size; index++) {
    if (index === levelEnd) {
      depth++;
      levelEnd = table.size;
    }
    const problem = visit(search, index);
    if (problem !== null) return summarize(search, depth, "found", toFinding(search, index, problem));
    if (table.size > statesMax) return summarize(search, depth, "bounded", null);
    if (index % PROGRESS_STATES === PROGRESS_STATES - 1) {
      const { size: states, bytes } = table;
      onProgress?.({ world: space.name, visited: index + 1, states, depth, bytes });
    }
  }
  if (search.checksUpkeep && search.quietStates === 0) {
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
function visit<Context extends SearchContext>(search: Search<Context>, index: number): Problem | null {
  const { space, table, current, next } = search;
  const { context, codec, watch } = space;
  table.read(index, current);
  codec.decode(current, context.state);
  if (watch?.isQuiet(context) === true) search.quietStates++;
  const neglect = search.checksUpkeep ? (watch?.upkeep(context) ?? null) : null;
  if (neglect !== null) return { kind: "upkeep", message: neglect };
  for (const action of space.actions) {
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

function toFinding<Context extends SearchContext>(search: Search<Context>, index: number, problem: Problem): Finding {
  const { table, space } = search;
  const path: Uint32Array[] = [];
  for (let at = index; ; at = table.parentOf(at)) {
    const words = new Uint32Array(space.codec.words);
    table.read(at, words);
    path.unshift(words);
    if (at === 0) break;
  }
  const story = tellStory(space, path, problem.kind === "violation");
  return { ...problem, steps: story.length, story };
}

function summarize<Context extends SearchContext>(
  search: Search<Context>,
  depth: number,
  result: Exploration["result"],
  finding: Finding | null,
): Exploration {
  const { table, space, transitions } = search;
  const { size: states, bytes } = table;
  return { world: space.name, result, states, transitions, depth, bytes, finding };
}
