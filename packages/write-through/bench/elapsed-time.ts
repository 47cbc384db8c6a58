/**
 * Compares the two kinds of elapsed time with real time, at as many calls as
 * one core makes: `node packages/write-through/bench/elapsed-time.ts`.
 */
import { leaseMsBetween, waitMsBetween } from "../src/protocol/index.ts";
import { createElapsedTime } from "../src/cache-epoch/elapsed-time.ts";
import { systemClock } from "../src/system-clock.ts";

const DURATION_NS = 3_000_000_000n;
const NS_PER_MS = 1e6;
const CALLS_PER_LOOK = 100;

const elapsed = createElapsedTime(systemClock);
const startNs = process.hrtime.bigint();
const start = elapsed();
let now = start;
let calls = 0;
while (process.hrtime.bigint() - startNs < DURATION_NS) {
  for (let call = 0; call < CALLS_PER_LOOK; call += 1) now = elapsed();
  calls += CALLS_PER_LOOK;
}
const realMs = Number(process.hrtime.bigint() - startNs) / NS_PER_MS;
const perSecond = Math.round(calls / (realMs / 1_000));
process.stdout.write(
  `real ${realMs.toFixed(2)} ms, lease ${leaseMsBetween(start.lease, now.lease).toFixed(2)} ms, ` +
    `wait ${waitMsBetween(start.wait, now.wait).toFixed(2)} ms; ${calls} calls, ${perSecond} a second\n`,
);
