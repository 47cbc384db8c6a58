/** The eraser, the cache that forgets copies, and puts that land late. */
import { forEachOf, note } from "../../engine/actions.ts";
import { describe, type ModelAction, type ModelContext } from "./context.ts";
import type { ProcessState } from "./state.ts";
import { landLate } from "./store.ts";
import { ordinalOfRecord } from "./values.ts";

export function environmentActions({ world }: ModelContext): readonly ModelAction[] {
  const ordinals = world.persons.flatMap((_, index) => [ordinalOfRecord(index + 1), ordinalOfRecord(index + 1) + 1]);
  return [announce, enforce, forgetCopy, ...(world.latePuts === 0 ? [] : forEachOf(ordinals, landLate))];
}

function announce(context: ModelContext): boolean {
  const { state, world, protocol } = context;
  if (state.last === world.erasures.length) return false;
  state.last += 1;
  if (protocol.settings.announces === "never") state.inForce = state.last;
  const how = protocol.settings.announces === "never" ? "is in force at once" : "is announced";
  note(context, () => `erasure ${state.last} ${how}`);
  return true;
}

/** The eraser has waited until every lease is over that is older than the announcement. */
function enforce(context: ModelContext): boolean {
  const { state } = context;
  if (state.inForce === state.last) return false;
  state.inForce += 1;
  for (const process of [...state.writers, ...state.readers]) endLease(process, state.inForce);
  note(context, () => `erasure ${state.inForce} is in force`);
  return true;
}

function endLease(process: ProcessState, number: number): void {
  if (process.last < number) process.hasLease = false;
  if (process.seenLast < number) process.isSeenFresh = false;
}

function forgetCopy(context: ModelContext): boolean {
  const { state } = context;
  if (state.cached === 0) return false;
  note(context, () => `the cache loses ${describe(context, state.cached - 1)}`);
  state.cached = 0;
  return true;
}
