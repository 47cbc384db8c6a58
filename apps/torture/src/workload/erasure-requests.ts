/** Draws whom to erase next, and how: up to a time, for ever, or no longer. */
import type { EraseMode } from "@trilane/lane-kit";
import type { Random } from "@trilane/write-through";
import type { Person, Persons } from "./persons.ts";
import { EVENT_TIME_LAG_MS } from "./sent-records.ts";

export interface ErasureDraw {
  readonly persons: readonly Person[];
  readonly mode: EraseMode;
}

const PERMANENT_SHARE = 0.3;
const LIFT_SHARE = 0.6;
const DEFAULT_TERM_SHARE = 0.2;
const PERSONS_MAX = 2;

/** @param nowMs the true time, because a process of the run may have a wrong clock */
export function drawErasure(persons: Persons, random: Random, nowMs: number): ErasureDraw {
  if (random() < PERMANENT_SHARE) {
    const mode: EraseMode = { kind: random() < LIFT_SHARE ? "lift" : "permanent" };
    return { persons: [persons.pick(random, "permanent")], mode };
  }
  const count = 1 + Math.floor(random() * PERSONS_MAX);
  const drawn = Array.from({ length: count }, () => persons.pick(random, "until"));
  // Without a time it covers records that are still to come, as far as they may be ahead of the present.
  const untilMs = random() < DEFAULT_TERM_SHARE ? null : nowMs - EVENT_TIME_LAG_MS;
  return { persons: [...new Set(drawn)], mode: { kind: "until", untilMs } };
}
