import { expect, it } from "vitest";
import {
  cacheLifetimeDefaults,
  CoreError,
  NO_VERSION,
  nothingErased,
  plainCopies,
  type StoredCopy,
  type TimeOfDay,
} from "../src/index.ts";
import { lifetimeOf as lifetimeUnder } from "../src/cache-lifetime.ts";
import { versionOf } from "../src/testing/index.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const time = { kind: "confirmed", nowMs: NOW_MS } as const;
const lifetime = { ttlMs: 1_000, negativeTtlMs: 100, jitter: 0.1 };
const none: StoredCopy = { version: NO_VERSION, body: null };

function lifetimeOf(copy: StoredCopy, own: typeof lifetime, timeOfDay: TimeOfDay, random: () => number): number {
  const cacheEpoch = { erasures: nothingErased, timeOfDay: () => timeOfDay };
  return lifetimeUnder("a", copy, own, { cacheEpoch, copies: plainCopies, random });
}

function expiringIn(ms: number): StoredCopy {
  return { version: versionOf(1), body: { payload: null, expiresAtMs: NOW_MS + ms } };
}

it("takes a random share off, so that copies which came together do not go together", () => {
  const longest = lifetimeOf(expiringIn(60_000), lifetime, time, () => 0);
  const shortest = lifetimeOf(expiringIn(60_000), lifetime, time, () => 1);
  expect([longest, shortest]).toEqual([1_000, 900]);
});

it("is never longer than the record's own, and none for what is expired", () => {
  expect(lifetimeOf(expiringIn(250.5), lifetime, time, () => 0)).toBe(250);
  expect(lifetimeOf(expiringIn(0), lifetime, time, () => 0)).toBe(0);
  expect(lifetimeOf(expiringIn(-5), lifetime, time, () => 0)).toBe(0);
});

it("is shorter for what the store does not have", () => {
  expect(lifetimeOf(none, lifetime, time, () => 0)).toBe(100);
  expect(cacheLifetimeDefaults.negativeTtlMs).toBeLessThan(cacheLifetimeDefaults.ttlMs);
});

it("is none while no server confirms the time: nobody could tell when it is over", () => {
  const error = new CoreError("CLOCK_UNCONFIRMED", "not heard");
  expect(lifetimeOf(expiringIn(60_000), lifetime, { kind: "unconfirmed", error }, () => 0)).toBe(0);
});
