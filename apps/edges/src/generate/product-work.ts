/**
 * Measures for how long the event loop stands still while the product works, and not while cases are generated
 * or compared.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 5;
const NS_PER_MS = 1e6;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

export async function productWork<Result>(work: () => Promise<Result>): Promise<Result> {
  delay.enable();
  try {
    return await work();
  } finally {
    delay.disable();
  }
}

export function resetDelay(): void {
  delay.reset();
}

/** Beyond the time between two looks at it. */
export function longestDelayMs(): number {
  return Math.round(delay.max / NS_PER_MS);
}
