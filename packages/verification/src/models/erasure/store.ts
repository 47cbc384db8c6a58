/** The store, its index, and puts that land late. */
import { note } from "../../engine/actions.ts";
import { spend } from "../../engine/budget.ts";
import { describe, type ModelContext } from "./context.ts";
import { isSwept } from "./monitor.ts";

/** False where the store holds the same or more. */
export function land(context: ModelContext, ordinal: number): boolean {
  const { state } = context;
  if (state.stored >= ordinal) return false;
  state.stored = ordinal;
  state.landed |= 1 << ordinal;
  // A put that is not above the stored version can no longer change anything.
  state.latePuts &= ~((1 << ordinal) - 1);
  if (context.world.hasCalmPuts && state.cached - 1 < ordinal) state.cached = 0;
  if (isSwept(context, ordinal)) state.hasLandedLate = true;
  return true;
}

/** A reader or writer leaves its copy in the cache, unless something later was acknowledged or is there. */
export function leaveCopy({ state, world }: ModelContext, ordinal: number): void {
  const isFenced = world.hasCalmPuts && ordinal < state.stored;
  if (!isFenced && ordinal >= state.floor && state.cached <= ordinal) state.cached = 1 + ordinal;
}

/** A put that may land at any later time; false where it could change nothing, or no more may be late. */
export function sendLatePut(context: ModelContext, ordinal: number): boolean {
  const { state } = context;
  if (state.stored >= ordinal || !spend(state, "latePutsLeft")) return false;
  state.latePuts |= 1 << (ordinal - 1);
  return true;
}

export function landLate(context: ModelContext, ordinal: number): boolean {
  const { state } = context;
  if ((state.latePuts & (1 << (ordinal - 1))) === 0) return false;
  note(context, () => `the late STORE(${describe(context, ordinal)}) lands`);
  return land(context, ordinal);
}
