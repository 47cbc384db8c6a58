import { createLogger, Metrics } from "@trilane/lane-kit";
import { VirtualClock } from "@trilane/write-through/testing";
import { expect, test } from "vitest";
import type { StreamError } from "../src/index.ts";
import { monitorLag } from "../src/lag-monitor.ts";

const INTERVAL_MS = 5_000;
const STALL_LIMIT_MS = 180_000;
const LOOKS = 100;
const REMOVED = 200_000n;

/** What the monitor says in eight minutes of one partition, whose committed offset is that of each look. */
async function stallsOf(committedAt: (look: number) => bigint): Promise<readonly StreamError[]> {
  const clock = new VirtualClock();
  const stalls: StreamError[] = [];
  const stop = new AbortController();
  let looks = 0;
  const options = {
    platform: { clock, metrics: new Metrics(), logger: createLogger("test", "silent") },
    source: {
      assignment: () => [{ topic: "flights", partition: 0 }],
      async lag() {
        looks += 1;
        const committed = committedAt(looks);
        return [{ topic: "flights", partition: 0, highWatermark: REMOVED, committed, isAssigned: true }];
      },
    },
    lastActivityMs: () => 0,
    intervalMs: INTERVAL_MS,
    stallLimitMs: STALL_LIMIT_MS,
    onStalled: (error: StreamError) => void stalls.push(error),
  };
  const monitored = monitorLag(options, stop.signal);
  while (looks < LOOKS) {
    // The monitor sleeps again.
    await new Promise(setImmediate);
    clock.advance(INTERVAL_MS);
  }
  stop.abort();
  await monitored;
  return stalls;
}

test("a lane whose committed offset moves is not stalled, though nothing comes to a handler", async () => {
  expect(await stallsOf((look) => BigInt(look) * 650n)).toEqual([]);
});

test("a lane whose committed offset stands still while records wait is stalled, and may be started again", async () => {
  const [stall] = await stallsOf(() => 7n);
  expect(stall).toMatchObject({ code: "STALLED", retryable: true });
});
