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
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { Lifecycle, loadSettings, Metrics, SettingsError, startHealthServer, writeUntilSettled } from "../src/index.ts";

const silent = pino({ level: "silent" });
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

describe("settings", () => {
  it("names the variable and the remedy", () => {
    expect(() => loadSettings({})).toThrow(SettingsError);
    expect(() => loadSettings({})).toThrow(/TRILANE_CACHE_URL: .*trilane up/);
    expect(() => loadSettings({ TRILANE_CACHE_URL: "http://nope" })).toThrow(/TRILANE_CACHE_URL/);
    const good = { TRILANE_CACHE_URL: "redis://127.0.0.1:6379" };
    expect(() => loadSettings({ ...good, TRILANE_API_PORT: "99999" })).toThrow(/TRILANE_API_PORT/);
    expect(loadSettings({ ...good, TRILANE_KAFKA_BROKERS: "a:1,b:2" }).kafkaBrokers).toEqual(["a:1", "b:2"]);
  });
});

describe("lifecycle", () => {
  it("runs its phases in reverse, goes on after one that fails or hangs, and runs them once", async () => {
    const clock = new VirtualClock();
    const lifecycle = new Lifecycle({ logger: silent, clock });
    const order: string[] = [];
    lifecycle.onShutdown("first", { timeLimitMs: 1_000 }, async () => void order.push("first"));
    lifecycle.onShutdown("hangs", { timeLimitMs: 1_000 }, () => {
      order.push("hangs");
      setImmediate(() => clock.advance(1_000));
      return new Promise(() => undefined);
    });
    lifecycle.onShutdown("fails", { timeLimitMs: 1_000 }, async () => {
      order.push("fails");
      throw new Error("broken");
    });
    await Promise.all([lifecycle.shutdown("test"), lifecycle.shutdown("again")]);
    expect(order).toEqual(["fails", "hangs", "first"]);
    expect(lifecycle.signal.aborted).toBe(true);
    expect(lifecycle.exitCode).toBe(0);
  });
});

describe("health server", () => {
  it("is ready only when every check is", async () => {
    const health = await startHealthServer({ host: "127.0.0.1", port: 0, metrics: new Metrics() });
    const status = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${health.port}${path}`)).status;
    expect(await status("/health/ready")).toBe(200);
    health.addCheck("kafka", () => Promise.resolve("not a member"));
    health.addCheck("broken", () => Promise.reject(new Error("oops")));
    const response = await fetch(`http://127.0.0.1:${health.port}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ failing: { kafka: "not a member", broken: "Error: oops" } });
    expect(await status("/health/live")).toBe(200);
    expect(await status("/metrics")).toBe(200);
    expect(await status("/nope")).toBe(404);
    await health.close();
  });
});
