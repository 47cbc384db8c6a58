/** What the search needs to know of a model, so that one search serves several. */

/** The scratch that the steps of a space work on. */
export interface SearchContext {
  /** Mutable; a step changes it in place. */
  readonly state: object;
  /** What the monitor found wrong in this step. */
  violation: string | null;
  /** The story of this step; null while nobody listens, which is nearly always. */
  notes: string[] | null;
  /** The next id for what is set anew. */
  takeFreshId: () => number;
}

/** What can happen, and how a state is packed. */
export interface SearchSpace<Context extends SearchContext> {
  readonly name: string;
  readonly context: Context;
  readonly codec: {
    readonly words: number;
    /** Writes the canonical form of the state, which it may rename. */
    readonly encode: (state: Context["state"], into: Uint32Array) => void;
    readonly decode: (words: Uint32Array, into: Context["state"]) => void;
  };
  /** Each is false when it is not possible, and then has changed nothing. */
  readonly actions: readonly ((context: Context) => boolean)[];
  readonly first: Uint32Array;
  /** What is promised beyond safety; null where nothing is. */
  readonly watch: {
    readonly upkeep: (context: Context) => string | null;
    readonly isQuiet: (context: Context) => boolean;
  } | null;
}
