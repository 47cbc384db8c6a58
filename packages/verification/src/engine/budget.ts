/**
 * How often an event may still happen in a world. A budget fits into four bits;
 * the largest stands for "any number".
 */

export type Bound = number | "any";

const ANY_NUMBER = 15;

export function budgetOf(bound: Bound): number {
  return bound === "any" ? ANY_NUMBER : bound;
}

/** Takes one from a budget of the state; false when it is used up. */
export function spend<Name extends string>(state: Record<Name, number>, budget: Name): boolean {
  if (state[budget] === 0) return false;
  if (state[budget] !== ANY_NUMBER) state[budget]--;
  return true;
}

/** @throws RangeError naming the world. */
export function assertBudgets(world: string, bounds: readonly Bound[]): void {
  if (bounds.some((bound) => bound !== "any" && bound >= ANY_NUMBER)) {
    throw new RangeError(`world ${world}: a bound does not fit into its four bits`);
  }
}
