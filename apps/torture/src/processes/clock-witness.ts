/**
 * Loaded before a process of the run. It writes down by how much the wall clock
 * that the process sees is ahead of the machine's monotonic clock, each time
 * that this changes. Only this proves that a clock was moved.
 */
import { appendFileSync } from "node:fs";
import { CLOCK_WITNESS_VARIABLE } from "../process-clock.ts";

const LOOK_MS = 20;
/** Two looks at two clocks are never at exactly the same moment. */
const CHANGE_MS_MIN = 200;
const NS_PER_MS = 1e6;

const file = process.env[CLOCK_WITNESS_VARIABLE];
if (file !== undefined) watch(file);

function watch(to: string): void {
  let knownMs = Number.NaN;
  const look = (): void => {
    const aheadMs = Date.now() - Number(process.hrtime.bigint()) / NS_PER_MS;
    if (Math.abs(aheadMs - knownMs) < CHANGE_MS_MIN) return;
    knownMs = aheadMs;
    appendFileSync(to, `${Math.round(aheadMs)}\n`);
  };
  look();
  setInterval(look, LOOK_MS).unref();
}
