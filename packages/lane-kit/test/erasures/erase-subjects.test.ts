/** The extent of an erasure, its traces in the log, and how long its tombstones stay. */
import { days, defineConfig, defineGroup } from "@trilane/feature-groups";
import { PERMANENT_US, sweepAllUntilResting } from "@trilane/write-through";
import { pino } from "pino";
import { beforeEach, expect, it } from "vitest";
import { type EraseMode, eraseSubjects, sweepOptionsOf, untilUsOf } from "../../src/index.ts";
import { memoryServers, openMemoryPlatform, type Servers, visits } from "../memory-platform.ts";

let servers: Servers;
beforeEach(() => {
  servers = memoryServers();
});

it("covers the present and the largest skew of all groups, where no time is given", () => {
  const slow = defineGroup({ ...visits, maxFutureSkewMs: 7_000 });
  const fast = defineGroup({ ...visits, maxFutureSkewMs: 1 });
  const platform = { config: defineConfig({ groups: { slow, fast } }) };
  expect(untilUsOf(platform, { kind: "until", untilMs: null }, 1_000)).toBe(8_000_000);
  expect(untilUsOf(platform, { kind: "until", untilMs: 5 }, 1_000)).toBe(5_000);
  expect(untilUsOf(platform, { kind: "permanent" }, 1_000)).toBe(PERMANENT_US);
  expect(untilUsOf(platform, { kind: "lift" }, 1_000)).toBe(1_000_000);
});

it("logs each erasure and each lift, with digests and without names", async () => {
  const lines: string[] = [];
  const logger = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
  const platform = { ...(await openMemoryPlatform(servers)), logger };
  for (const mode of [{ kind: "permanent" }, { kind: "lift" }] satisfies EraseMode[]) {
    await eraseSubjects(platform, { subjects: ["anna"], mode, by: "an operator" });
  }
  const subject = platform.subjects.digestOf("anna");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { number: 1, subject, mode: "permanent", by: "an operator" },
    { number: 2, subject, mode: "lift", by: "an operator" },
  ]);
  expect(lines.join("")).not.toContain("anna");
});

it("leaves tombstones that stay as long as a source may be replayed", async () => {
  const platform = await openMemoryPlatform(servers);
  const at = servers.clock.nowMs() - days(29);
  await platform.writer.write("visits", [{ visit: "a", person: "anna", at, page: "secret" }], { lane: "stream" });
  const mode = { kind: "until", untilMs: null } as const;
  const entries = await eraseSubjects(platform, { subjects: ["anna"], mode, by: "test" });
  await sweepAllUntilResting(entries, platform.erasing, sweepOptionsOf(platform));
  const [reply] = await servers.store.read(["visits#a"]);
  if (reply?.kind !== "found") throw new TypeError("the tombstone is not there");
  expect(reply.copy.body?.payload).toBeNull();
  expect(reply.copy.body?.expiresAtMs).toBeGreaterThan(servers.clock.nowMs() + days(30) - 60_000);
});
