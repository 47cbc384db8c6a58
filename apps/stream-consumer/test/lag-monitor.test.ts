import { createLogger, Metrics } from "@trilane/lane-kit";
import { VirtualClock } from "@trilane/write-through/testing";
import { expect, test } from "vitest";
import type { StreamError } from "../src/index.ts";
import { monitorLag } from "../src/lag-monitor.ts";

const INTERVAL_MS = 5_000;
const STALL_LIMIT_MS = 180_000;
const LOOKS = 100;
const REMOVED = 200_000n;

/** The reports of the monitor in eight minutes about one partition, whose committed offset is given for each look. */
async function toldOf(
  committedAt: (look: number) => bigint,
  isReadAt: (look: number) => boolean | null = () => true,
  isStopped = false,
): Promise<{ readonly stalls: readonly StreamError[]; readonly unread: readonly number[] }> {
  const clock = new VirtualClock();
  const stalls: StreamError[] = [];
  const unread: number[] = [];
  const stop = new AbortController();
  let looks = 0;
  const options = {
    platform: { clock, metrics: new Metrics(), logger: createLogger("test", "silent") },
    source: {
      assignment: () => [{ topic: "flights", partition: 0 }],
      async lag() {
        looks += 1;
        const [committed, isRead] = [committedAt(looks), isReadAt(looks)];
        return [{ topic: "flights", partition: 0, highWatermark: REMOVED, committed, isAssigned: true, isRead }];
      },
    },
    lastActivityMs: () => 0,
    isStopped: () => isStopped,
    intervalMs: INTERVAL_MS,
    stallLimitMs: STALL_LIMIT_MS,
    onUnread: ({ length }: readonly unknown[]) => void unread.push(length),
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
  return { stalls, unread };
}

test("a lane whose committed offset moves is not stalled, though nothing comes to a handler", async () => {
  expect((await toldOf((look) => BigInt(look) * 650n)).stalls).toEqual([]);
});

test("a lane whose committed offset stands still while records wait is stalled, and may be started again", async () => {
  const { stalls } = await toldOf(() => 7n);
  expect(stalls[0]).toMatchObject({ code: "STALLED", retryable: true });
});

test("partitions that nobody reads are told when that changes, and not while the group distributes them", async () => {
  const { unread } = await toldOf(
    (look) => BigInt(look),
    (look) => (look % 10 === 0 ? null : look < 20 || look > 60),
  );
  expect(unread).toEqual([1, 0]);
});

test("a partition that waits for an operator is no stall", async () => {
  const { stalls } = await toldOf(
    () => 5n,
    () => true,
    true,
  );
  expect(stalls).toEqual([]);
});
