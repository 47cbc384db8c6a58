/**
 * A fault at the edges: a small scenario with records of its own that goes on
 * beside the other faults. It causes what happens outside of the core (an
 * aborted transaction, a topic that is made again, a listing that fails), waits
 * until the lanes have dealt with it, and compares the end with what it sent.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "@trilane/write-through";
import { Deck } from "./deck.ts";
import type { FaultLog } from "./fault-log.ts";

export interface EdgeOutcome {
  /** One line for the log. */
  readonly detail: string;
  /** How many records, objects or jobs the fault met. */
  readonly effects: number;
  /** What must not be; each fails the run. */
  readonly problems: readonly string[];
}

export interface EdgeFault {
  /** As the report names it. */
  readonly kind: string;
  /** Resolves when the lanes have dealt with it. It ends what it began also after the signal, when no fault is left. */
  run(random: Random, signal: AbortSignal): Promise<EdgeOutcome>;
}

const REST_MS = 1_500;

/** Draws one after the other until the signal fires; the last one is finished when it resolves. */
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
