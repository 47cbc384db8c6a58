/**
 * A world of erasures: one key, the records of one or two persons, a list of
 * erasures, and processes that learn of them one by one under their leases.
 *
 * The cache is not modelled step by step, because the other two models do that.
 * Here it may hold any copy that their promise allows: the one that was
 * acknowledged or answered last, or a later one.
 */
import type { Bound } from "../../engine/budget.ts";
import type { Person, WorldErasure } from "./values.ts";

export interface WorldWriter {
  /** Records of one call, or that gather in one process. */
  readonly records: readonly number[];
  /** The writer gets its records only when so many erasures are announced. */
  readonly after: number;
}

export interface World {
  readonly name: string;
  readonly summary: string;
  /** The person of each record, in the order of the event times. */
  readonly persons: readonly Person[];
  readonly writers: readonly WorldWriter[];
  /** How many readers read again and again. */
  readonly readers: number;
  readonly erasures: readonly WorldErasure[];
  /** Whether the first erasure is swept. */
  readonly sweeps: boolean;
  /** Whether anything may happen between the question of a look and its answer. */
  readonly slowLooks: boolean;
  /** A writer or the sweeper dies between any two steps, or a writer's records come again after their receipts. */
  readonly crashes: Bound;
  /** Puts whose sender learns nothing, and which land at any later time, or never. */
  readonly latePuts: Bound;
  /**
   * From when on the monitor counts an erasure: from the moment when it is in force, as the claim is, or only when the
   * sweeps rest.
   */
  readonly counts: "in-force" | "swept";
  /** Whether the monitor also demands that no put of an erased record takes another person's record with it. */
  readonly sparesOthers: boolean;
  /**
   * Whether a put is decided under a lease, lands at once, and its fence takes the older copy out of the cache. In other
   * worlds anything may happen in between, and the cache keeps the older copy until the record is acknowledged.
   */
  readonly hasCalmPuts: boolean;
  readonly quick: boolean;
  readonly statesMax: number | null;
  readonly expects: "nothing" | "violation" | "upkeep";
}

export type WorldBounds = Partial<World> & Pick<World, "name" | "summary" | "persons" | "writers">;

const QUIET_WORLD = {
  readers: 1,
  erasures: [{ person: "S", kind: "erase", until: "for-ever" }],
  sweeps: false,
  slowLooks: false,
  crashes: 0,
  latePuts: 0,
  counts: "in-force",
  sparesOthers: false,
  hasCalmPuts: false,
  quick: false,
  statesMax: null,
  expects: "nothing",
} as const;

/** A world without faults, except for those that are named. */
export function defineWorld(bounds: WorldBounds): World {
  return { ...QUIET_WORLD, ...bounds };
}

export function writes(...records: readonly number[]): WorldWriter {
  return { records, after: 0 };
}

/** Records that come only after so many announcements. */
export function writesAfter(after: number, ...records: readonly number[]): WorldWriter {
  return { records, after };
}
