/**
 * Decides by the definition whether a max-register's history is linearizable:
 * there is an order of the operations that respects real time (an operation
 * that returned before another was invoked comes first), and in which each read
 * returns the greatest version written before it. Operations without an outcome
 * may be left out.
 *
 * The search is exponential, so it is for histories of one key and a few
 * operations.
 */
import type { Operation } from "./history.ts";

export const OPERATIONS_MAX = 12;

export function isLinearizable(operations: readonly Operation[]): boolean {
  if (operations.length > OPERATIONS_MAX) throw new RangeError(`more than ${OPERATIONS_MAX} operations`);
  return canFinish(operations, 0, "");
}

/** @param placed bit i: operation i has its place. The empty string is below every version. */
function canFinish(operations: readonly Operation[], placed: number, highest: string): boolean {
  let isDone = true;
  for (const [index, operation] of operations.entries()) {
    if ((placed & (1 << index)) !== 0) continue;
    if (operation.return !== null) isDone = false;
    if (!mayComeNext(operations, placed, operation)) continue;
    const next = apply(operation, highest);
    if (next !== null && canFinish(operations, placed | (1 << index), next)) return true;
  }
  return isDone;
}

function mayComeNext(operations: readonly Operation[], placed: number, operation: Operation): boolean {
  return operations.every((other, index) => {
    const isPlaced = (placed & (1 << index)) !== 0;
    return isPlaced || other.return === null || other.return >= operation.invoke;
  });
}

/** The register after the operation; null where a read would have returned another version. */
function apply(operation: Operation, highest: string): string | null {
  const version = operation.version ?? "";
  if (operation.op === "write") return version > highest ? version : highest;
  return operation.return === null || version === highest ? highest : null;
}
