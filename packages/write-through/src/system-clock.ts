/** The real clock, randomness and ids, for the places where a program is composed. */
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setImmediate as immediate, setTimeout as delay } from "node:timers/promises";
import type { Clock, NextId, Random } from "./ports/clock.ts";

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
  schedule(ms, callback) {
    if (ms > 0) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    }
    // This is not a tick: each socket that can be read is a callback with ticks of its own, and all callbacks of one
    // turn must gather.
    const turnEnd = setImmediate(callback);
    return () => clearImmediate(turnEnd);
  },
};

/** Resolves when the sockets have been read once more, so what had arrived by now has been delivered. */
export async function afterPollPhase(): Promise<void> {
  await immediate();
}

export const systemRandom: Random = Math.random;

const COUNTER_WIDTH = 6;
const COUNTER_MAX = 36 ** COUNTER_WIDTH;

/** Ids of a random prefix and a counter: cheap, and unique among processes. */
export function createNextId(): NextId {
  let prefix = randomPrefix();
  let counter = 0;
  return () => {
    if (counter === COUNTER_MAX) {
      prefix = randomPrefix();
      counter = 0;
    }
    const id = prefix + counter.toString(36).padStart(COUNTER_WIDTH, "0");
    counter += 1;
    return id;
  };
}

/** 10 characters of base 36: 51 random bits. */
function randomPrefix(): string {
  const bits = randomBytes(8).readBigUInt64BE();
  return bits.toString(36).padStart(13, "0").slice(-10);
}
