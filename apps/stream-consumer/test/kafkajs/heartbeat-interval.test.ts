import { createRequire } from "node:module";
import { afterEach, expect, test, vi } from "vitest";
import { HEARTBEAT_WHENEVER_ASKED_MS } from "../../src/kafkajs/heartbeat-interval.ts";

interface Group {
  memberId: string;
  coordinator: { heartbeat(payload: object): Promise<void> };
  heartbeat(options: { readonly interval: number }): Promise<void>;
}

/** The client's own, which decides when a heartbeat is sent. */
const ConsumerGroup = createRequire(import.meta.url)("kafkajs/src/consumer/consumerGroup") as new (
  options: object,
) => Group;
const HOUR_MS = 3_600_000;

afterEach(() => void vi.restoreAllMocks());

test("a clock that was set forward and back keeps no heartbeat from being sent", async () => {
  const now = vi.spyOn(Date, "now").mockReturnValue(Date.UTC(2026, 0, 1));
  const logger = { namespace: () => logger };
  const group = new ConsumerGroup({ logger, instrumentationEmitter: { emit: () => undefined } });
  const sent = vi.fn(() => Promise.resolve());
  Object.assign(group, { memberId: "a member", coordinator: { heartbeat: sent } });
  for (const hours of [0, 4, 0, 0]) {
    now.mockReturnValue(Date.UTC(2026, 0, 1) + hours * HOUR_MS);
    await group.heartbeat({ interval: HEARTBEAT_WHENEVER_ASKED_MS });
  }
  expect(sent).toHaveBeenCalledTimes(4);
});
