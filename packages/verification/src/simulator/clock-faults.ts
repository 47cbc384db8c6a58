/**
 * Wall clocks that are set forward or back, by milliseconds or by hours, some
 * time after the process got a reply. So it happens between any two of its
 * steps, and in the middle of its waits. After a while they are set right
 * again.
 */
import { type ClockConfiguration, LEASE_LENGTHS_MS } from "./clock-configuration.ts";
import type { Dice } from "./dice.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Faults } from "./faults.ts";
import type { SimulatedProcess } from "./simulated-process.ts";

const STEP_MS_MIN = 200;
const DELAY_MS_MIN = 0.1;
const DELAY_MS_MAX = 3_000;
export const AT_CACHE_EPOCH_CHANGE = 40;
const STEP_LASTS_MS_MIN = 1;
/** How long a step waits, each time, for a machine whose clock may not be set now. */
const RETRY_MS = 50;

/** The part of the network that sets clocks. */
interface ClockSetter {
  readonly queue: EventQueue;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly clocks: ClockConfiguration;
}

export function strikeClock(network: ClockSetter, process: SimulatedProcess): void {
  strike(network, process, { factor: 1, delayMs: network.dice.logBetween(DELAY_MS_MIN, DELAY_MS_MAX) });
}

/** More likely than elsewhere, and at any moment of the lease that begins or of the wait for the end of others. */
export function strikeClockAtCacheEpochChange(network: ClockSetter, process: SimulatedProcess): void {
  const { dice } = network;
  strike(network, process, { factor: AT_CACHE_EPOCH_CHANGE, delayMs: dice.between(0, dice.pick(LEASE_LENGTHS_MS)) });
}

interface Strike {
  readonly factor: number;
  readonly delayMs: number;
}

function strike(network: ClockSetter, process: SimulatedProcess, { factor, delayMs }: Strike): void {
  const { faults } = network;
  if (process.clocks.isLeftAlone) return;
  if (faults.strikes("clock step forward", factor)) stepSoon(network, process, { direction: 1, delayMs });
  else if (faults.strikes("clock step back", factor)) stepSoon(network, process, { direction: -1, delayMs });
}

function stepSoon(
  network: ClockSetter,
  process: SimulatedProcess,
  { direction, delayMs }: { readonly direction: 1 | -1; readonly delayMs: number },
): void {
  const { queue, dice, clocks } = network;
  const stepMs = Math.round(dice.logBetween(STEP_MS_MIN, clocks.stepMsMax)) * direction;
  const lastsUs = dice.logBetween(STEP_LASTS_MS_MIN, clocks.stepLastsMsMax) * 1_000;
  queue.after(delayMs * 1_000, () => {
    setClock(network, process, stepMs, () => {
      queue.after(lastsUs, () => setClock(network, process, -stepMs, () => undefined));
    });
  });
}

/** Sets the clock as soon as it may be set. */
function setClock(network: ClockSetter, process: SimulatedProcess, stepMs: number, then: () => void): void {
  const { queue } = network;
  if (process.isDead) return;
  if (process.clocks.mayBeSet) {
    process.clocks.step(stepMs);
    then();
  } else queue.after(RETRY_MS * 1_000, () => setClock(network, process, stepMs, then));
}
