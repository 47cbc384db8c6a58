import { createRequire } from "node:module";
import { expect, test, vi } from "vitest";
import { letIdleRequestsRest } from "../../src/kafkajs/idle-requests.ts";

interface Queue {
  readonly pending: unknown[];
  scheduleCheckPendingRequests(): void;
}

test("a queue of requests sets a timer only while requests wait in it", () => {
  letIdleRequestsRest();
  const requireOf = createRequire(import.meta.url);
  const { prototype } = requireOf("kafkajs/src/network/requestQueue") as { readonly prototype: Queue };
  const queue: Queue = Object.assign(Object.create(prototype) as Queue, { pending: [], throttledUntil: -1 });
  vi.useFakeTimers();
  try {
    queue.scheduleCheckPendingRequests();
    expect(vi.getTimerCount()).toBe(0);
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(vi.getTimerCount()).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});
