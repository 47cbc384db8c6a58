/** The condition under which an approach runs, in addition to the load. */
export type Condition =
  /** There is only concurrency. */
  | "calm"
  /** Links and processes fail; the cache loses nothing. */
  | "faults"
  /** The cache goes over to its replica, and nothing else fails. */
  | "failovers";
