/**
 * A world of cache epochs: one key, two cache servers, one cache epoch record,
 * and processes that learn of its changes one by one.
 *
 * The explorer visits every state that a world can reach. A result covers only
 * the events that the world has, so each bound is stated here.
 */
import type { WhenCacheUnreachable } from "@trilane/write-through/protocol";
import type { Bound } from "../../engine/budget.ts";

/**
 * How an epoch begins: whether the process that trips the cache epoch finds that the cache answers, or will ever answer
 * again.
 */
export type Trip = "to-warm" | "to-off" | "to-either" | "off-for-good";

/**
 * "passes": a little more than half a short lease passes, for all processes. The other kinds happen to one process: its
 * wall clock is set; or the same time passes while its machine is suspended, with a wall clock that is right
 * afterwards, or with all of its clocks standing still.
 */
export const CLOCK_EVENT_KINDS = ["passes", "forward", "back", "suspended", "still"] as const;
export type ClockEventKind = (typeof CLOCK_EVENT_KINDS)[number];

/**
 * In worlds with clocks: the events of the clocks, and the lengths of the leases. There are at most three processes,
 * and none crashes.
 */
export interface ClockBounds {
  /** How often each kind of event may be remembered; see `clocks.ts`. */
  readonly events: Partial<Readonly<Record<ClockEventKind, number>>>;
  /** The processes whose clocks have events: by number, the writers first; without it, all processes. */
  readonly of?: readonly number[];
  /** The rate of each process's clocks, the writers' first; without them all clocks are right. */
  readonly rates?: readonly number[];
  /** The length of the leases of each epoch; without them all are short. */
  readonly leases?: readonly ("short" | "long")[];
  /** The longest lease of any process: after it no lease is left. Without it, the leases are short. */
  readonly horizon?: "long";
}

export interface World {
  readonly name: string;
  readonly summary: string;
  /** The version that each writer writes, as an ordinal from 1. Each is a process. */
  readonly writers: readonly number[];
  /** The number of readers. Each is a process and reads any number of times. */
  readonly readers: number;
  readonly whenCacheUnreachable: WhenCacheUnreachable;
  /**
   * How each new epoch begins; the first is 1, and on. An epoch that begins off may become warm, and a warm epoch may
   * become on, at any time or never.
   */
  readonly trips: readonly Trip[];
  /** Whether the cache begins with a copy of the empty store, as after a read. */
  readonly starts: "absent" | "clean";
  /** The server forgets everything, its guard too: FLUSHALL, or a restart with nothing. */
  readonly flushes: Bound;
  /**
   * The replica is promoted with the data that it had copied so far. The old primary still serves its existing
   * connections until it is made a replica. Of two failovers, the second may promote it back.
   */
  readonly failovers: Bound;
  /** A process loses all its knowledge. A writer's record is delivered again, even after its acknowledgement. */
  readonly crashes: Bound;
  /** Puts whose sender learns nothing, and which land at any later time, or never. */
  readonly latePuts: Bound;
  /** Cache commands whose sender learns nothing, and which execute at any later time, or never. */
  readonly lateCommands: number;
  /** A guard whose sender learns nothing, and which is set at any later time, or never. */
  readonly lateGuards: boolean;
  /** Whether a process goes on with its old knowledge while it looks at the record. */
  readonly slowLooks: boolean;
  /** The states that can be lost singly, at any time and any number of times. */
  readonly evictions: "none" | "all-but-fences" | "any-state";
  /**
   * "any-epoch": a put may land long after its fence. "own-epoch": only while the record has the
   * epoch under which it was sent, and is not on if it was sent without a fence.
   */
  readonly putsLand: "any-epoch" | "own-epoch";
  /** Null: time passes as `time.ts` says, and all clocks are right. */
  readonly clocks: ClockBounds | null;
  /** Whether it takes about a second and runs in the tests. */
  readonly quick: boolean;
  /** A world that has never been exhausted is left after so many states, unless more are asked for. */
  readonly statesMax: number | null;
  /** "nothing" for worlds inside the claim. Outside of it: the finding that shows the limit of the claim. */
  readonly expects: "nothing" | "violation";
}

export type WorldBounds = Partial<World> & Pick<World, "name" | "summary" | "writers" | "readers">;

const QUIET_WORLD = {
  whenCacheUnreachable: "fail",
  trips: ["to-either"],
  starts: "clean",
  flushes: 0,
  failovers: 0,
  crashes: 0,
  latePuts: 0,
  lateCommands: 0,
  lateGuards: false,
  slowLooks: false,
  evictions: "none",
  putsLand: "any-epoch",
  clocks: null,
  quick: false,
  statesMax: null,
  expects: "nothing",
} as const;

/** A world without faults, except for those that are named. */
export function defineWorld(bounds: WorldBounds): World {
  return { ...QUIET_WORLD, ...bounds };
}
