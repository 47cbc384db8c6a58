/**
 * The parts of a model that the search needs, so that one search serves several
 * models.
 */

/** The mutable values that the steps of a space change. */
export interface SearchContext {
  /** A step changes it in place. */
  readonly state: object;
  /** The monitor's objection to this step; null where it has none. */
  violation: string | null;
  /** The story of this step; null while no story is told, which is nearly always. */
  notes: string[] | null;
  /** The next id for a fence or lease that is set anew. */
  takeFreshId: () => number;
}

/** Packs the states of a model into words. */
export interface StateCodec<State> {
  readonly words: number;
  /** Writes the canonical form of the state, which is left renamed but not sorted. */
  readonly encode: (state: State, into: Uint32Array) => void;
  readonly decode: (words: Uint32Array, into: State) => void;
}

/** The packed form of one state. */
export function packed<State>({ words, encode }: StateCodec<State>, state: State): Uint32Array {
  const into = new Uint32Array(words);
  encode(state, into);
  return into;
}

/** The possible steps, and the packing of a state. */
export interface SearchSpace<Context extends SearchContext> {
  readonly name: string;
  readonly context: Context;
  readonly codec: StateCodec<Context["state"]>;
  /** Each action returns false when it is not possible, and then has changed nothing. */
  readonly actions: readonly ((context: Context) => boolean)[];
  readonly first: Uint32Array;
  /** The promise beyond safety; null where there is none. */
  readonly watch: {
    readonly upkeep: (context: Context) => string | null;
    readonly isQuiet: (context: Context) => boolean;
  } | null;
}
