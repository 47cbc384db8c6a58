/** What an approach is run under, besides the load. */
export type Condition =
  /** Nothing but concurrency. */
  | "calm"
  /** Links and processes fail; the cache keeps what it holds. */
  | "faults"
  /** The cache goes over to its replica, and nothing else fails. */
  | "failovers";
