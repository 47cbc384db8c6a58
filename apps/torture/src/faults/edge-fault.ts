/**
 * A fault at the edges: a small scenario with records of its own, which runs
 * beside the other faults. It causes an event outside of the core (an aborted
 * transaction, a topic that is created again, a listing that fails), waits
 * until the lanes have handled it, and compares the end with the records that
 * it sent.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "@trilane/write-through";
import { Deck } from "./deck.ts";
import type { FaultLog } from "./fault-log.ts";

export interface EdgeOutcome {
  /** One line for the log. */
  readonly detail: string;
  /** The number of records, objects or jobs that the fault affected. */
  readonly effects: number;
  /** Sentences about results that must not be; each fails the run. */
  readonly problems: readonly string[];
}

export interface EdgeFault {
  /** The name in the report. */
  readonly kind: string;
  /**
   * Resolves when the lanes have handled it. Even after the signal it ends everything that it has begun, when no fault
   * is left.
   */
  run(random: Random, signal: AbortSignal): Promise<EdgeOutcome>;
}

const REST_MS = 1_500;

/** Draws one fault after the other until the signal fires; the last one is finished when it resolves. */
export async function edgeTrack(
  edges: readonly EdgeFault[],
  log: FaultLog,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  const deck = new Deck(edges, random);
  while (!signal.aborted) {
    const edge = deck.draw();
    log.begin(edge.kind);
    const { detail, effects, problems } = await edge.run(random, signal);
    log.record(edge.kind, detail, effects);
    for (const problem of problems) log.problem(edge.kind, problem);
    await delay(REST_MS * random(), undefined, { signal }).catch(() => undefined);
  }
}
