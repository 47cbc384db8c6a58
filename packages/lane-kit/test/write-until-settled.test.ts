import {
  createFeatureWriter,
  defineConfig,
  defineGroup,
  type FeatureConfig,
  integer,
  years,
} from "@trilane/feature-groups";
import { CoreError, type Receipt, type TimeOfDay, type WriteRecord } from "@trilane/write-through";
import { VirtualClock } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { Metrics, writeUntilSettled } from "../src/index.ts";

const config: FeatureConfig = defineConfig({
  groups: {
    routes: defineGroup({
      key: ["origin"],
      eventTime: { field: "date", unit: "timestamp" },
      schema: z.object({ delay: integer() }),
      ttlMs: years(100),
    }),
  },
});

/** A writer whose core answers as it is told, call by call. */
function partsWith(answers: ((record: WriteRecord) => Receipt)[]) {
  const clock = new VirtualClock();
  const calls: number[] = [];
  const core = {
    write: (records: readonly WriteRecord[]) => {
      const answer = answers[Math.min(calls.length, answers.length - 1)];
      calls.push(records.length);
      return Promise.resolve(records.map((record) => answer?.(record) ?? failed()));
    },
    timeOfDay: (): TimeOfDay => ({ kind: "confirmed", nowMs: clock.nowMs() }),
  };
  const instant = Object.assign(clock, { sleep: () => Promise.resolve() });
  const parts = {
    writer: createFeatureWriter(config, core),
    clock: instant,
    random: () => 0.5,
    metrics: new Metrics(),
  };
  return { parts, calls };
}

const applied = ({ version }: WriteRecord): Receipt => ({ status: "applied", version });
const failed = (): Receipt => ({ status: "failed", error: new CoreError("STORE_THROTTLED", "less") });
const lost = (): Receipt => ({ status: "failed", error: new CoreError("STORE_REJECTED", "gone") });
const changes = ["a", "b", "c"].map((origin) => ({
  kind: "put" as const,
  group: "routes",
  input: { origin, date: "2001-01-01T00:00:00Z", delay: 1 },
}));

describe("writeUntilSettled", () => {
  it("sends the failed ones again, and only those", async () => {
    let seen = 0;
    const { parts, calls } = partsWith([(record) => ((seen += 1) === 2 ? failed() : applied(record)), applied]);
    const receipts = await writeUntilSettled(parts, changes, { lane: "batch" });
    expect(receipts.map(({ status }) => status)).toEqual(["applied", "applied", "applied"]);
    expect(calls).toEqual([3, 1]);
  });

  it("stops at its limit of attempts and says what failed", async () => {
    const { parts, calls } = partsWith([failed]);
    const retry = { attemptsMax: 4, baseMs: 1, maxMs: 2 };
    const receipts = await writeUntilSettled(parts, changes, { lane: "batch", retry });
    expect(receipts.every(({ status }) => status === "failed")).toBe(true);
    expect(calls).toEqual([3, 3, 3, 3]);
  });

  it("does not send again what can never succeed", async () => {
    const { parts, calls } = partsWith([lost]);
    await writeUntilSettled(parts, changes, { lane: "batch" });
    expect(calls).toEqual([3]);
  });

  it("keeps dead records out of the core, with their reason", async () => {
    const { parts, calls } = partsWith([applied]);
    const dead = { kind: "put" as const, group: "nowhere", input: {} };
    const receipts = await writeUntilSettled(parts, [dead, ...changes], { lane: "batch" });
    expect(receipts[0]).toMatchObject({ status: "dead", reason: "unknown-group" });
    expect(calls).toEqual([3]);
  });
});
