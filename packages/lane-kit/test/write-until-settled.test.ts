import {
  createFeatureWriter,
  defineConfig,
  defineGroup,
  type FeatureConfig,
  integer,
  years,
} from "@trilane/feature-groups";
import {
  CoreError,
  type ErrorCode,
  NO_VERSION,
  type Receipt,
  type TimeOfDay,
  type WriteRecord,
} from "@trilane/write-through";
import { VirtualClock } from "@trilane/write-through/testing";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { decidingFailure, endsLane, Metrics, writeUntilSettled } from "../src/index.ts";

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
    isErased: () => false,
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
  it("counts the receipts of a large call in turns", async () => {
    const { parts } = partsWith([applied]);
    const receipts = Array.from({ length: 90_000 }, (): Receipt => ({ status: "expired", version: NO_VERSION }));
    const counted: { readonly receipts: number; readonly atTurn: number }[] = [];
    let turn = 0;
    const next = (): void => {
      turn += 1;
      if (counted.length < 5) setImmediate(next);
    };
    setImmediate(next);
    const metrics = Object.assign(new Metrics(), {
      countReceipts: (_: string, some: readonly Receipt[]) =>
        void counted.push({ receipts: some.length, atTurn: turn }),
    });
    const writer = { ...parts.writer, writeMany: () => Promise.resolve(receipts) };
    await writeUntilSettled({ ...parts, writer, metrics }, [], { lane: "stream" });
    expect(counted.map((one) => one.receipts)).toEqual([20_000, 20_000, 20_000, 20_000, 10_000]);
    expect(new Set(counted.map(({ atTurn }) => atTurn)).size).toBe(5);
  });

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

const failedBy = (code: ErrorCode): Receipt => ({ status: "failed", error: new CoreError(code, "injected") });
const dead: Receipt = { status: "dead", reason: "invalid-features", detail: "delay: not a number" };

describe("decidingFailure", () => {
  it("is null where no receipt is failed", () => {
    expect(decidingFailure([])).toBeNull();
    expect(decidingFailure([dead])).toBeNull();
  });

  it("is the one that ends the lane, wherever it stands, else the first", () => {
    const passing = [failedBy("STORE_THROTTLED"), dead, failedBy("STORE_UNAVAILABLE")];
    expect(decidingFailure(passing)?.code).toBe("STORE_THROTTLED");
    expect(decidingFailure([...passing, failedBy("STORE_REJECTED")])?.code).toBe("STORE_REJECTED");
  });
});

describe("endsLane", () => {
  it.each([
    ["STORE_REJECTED", true],
    ["CACHE_MISCONFIGURED", true],
    ["CACHE_FOREIGN", true],
    ["STORE_UNAVAILABLE", false],
    ["CACHE_LOST", false],
    ["CLOCK_UNCONFIRMED", false],
    ["ABORTED", false],
  ] as const)("answers for %s: %s", (code, expected) => {
    expect(endsLane(new CoreError(code, "injected"))).toBe(expected);
  });
});
