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

/** The possible steps, and the packing of a state. */
export interface SearchSpace<Context extends SearchContext> {
  readonly name: string;
  readonly context: Context;
  readonly codec: {
    readonly words: number;
    /** Writes the canonical form of the state, which it may rename. */
    readonly encode: (state: Context["state"], into: Uint32Array) => void;
    readonly decode: (words: Uint32Array, into: Context["state"]) => void;
  };
  /** Each action returns false when it is not possible, and then has changed nothing. */
  readonly actions: readonly ((context: Context) => boolean)[];
  readonly first: Uint32Array;
  /** The promise beyond safety; null where there is none. */
  readonly watch: {
    readonly upkeep: (context: Context) => string | null;
    readonly isQuiet: (context: Context) => boolean;
  } | null;
}
