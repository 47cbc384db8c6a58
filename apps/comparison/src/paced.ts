/**
 * Runs numbered operations at a given pace, several at once. Operations that a
 * fault delayed are caught up afterwards.
 */
import { setTimeout as sleep } from "node:timers/promises";

export interface PacedOptions {
  readonly perSecond: number;
  readonly underWayMax: number;
  /** The first number; its time is `from / perSecond` after the start. */
  readonly from: number;
  /** The start, by the machine's monotonic clock. */
  readonly startNs: number;
  readonly endNs: number;
  /** Must not reject. */
  readonly run: (n: number) => Promise<void>;
}

const NS_PER_SECOND = 1e9;
const NS_PER_MS = 1e6;
const TICK_MS = 4;

/** Resolves when the time is over and all operations have ended. */
export async function runPaced(options: PacedOptions): Promise<void> {
  const { perSecond, underWayMax, from, startNs, endNs, run } = options;
  const underWay = new Set<Promise<void>>();
  let next = from;
  for (let now = monotonicNs(); now < endNs; now = monotonicNs()) {
    const due = ((now - startNs) / NS_PER_SECOND) * perSecond;
    for (; next < due && underWay.size < underWayMax; next += 1) {
      const running: Promise<void> = run(next).finally(() => underWay.delete(running));
      underWay.add(running);
    }
    await sleep(TICK_MS);
  }
  await Promise.all(underWay);
}

export function monotonicNs(): number {
  return Number(process.hrtime.bigint());
}

/** Resolves `ms` milliseconds after the start, or at once where that has passed. */
export async function sleepUntil(startNs: number, ms: number): Promise<void> {
  await sleep(Math.max(0, ms - (monotonicNs() - startNs) / NS_PER_MS));
}
