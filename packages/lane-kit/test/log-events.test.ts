import { CoreError, type CoreEvent } from "@trilane/write-through";
import { storeLimitsDefaults } from "@trilane/write-through/dynamodb";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { logEvent } from "../src/log-events.ts";

const LEVELS = { info: 30, warn: 40, error: 50 };

/** The lines that an event writes. */
function linesOf(event: CoreEvent): readonly { readonly level: number; readonly msg: string }[] {
  const lines: string[] = [];
  logEvent(event, pino({ level: "trace" }, { write: (line: string) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
}

const learned = { type: "cache-epoch-learned", epoch: 2, mode: "on", leaseMs: 500, reason: "r", by: "p" } as const;

describe("logEvent", () => {
  it("says from what to what the epoch was changed, and why", () => {
    const from = { epoch: 1, mode: "on" } as const;
    const to = { epoch: 2, mode: "off" } as const;
    const event = { type: "cache-epoch-changed", from, to, reason: "lost", by: "p", durationMs: 1.4 } as CoreEvent;
    const msg = "changed the cache's epoch from epoch 1 on to epoch 2 off: lost";
    expect(linesOf(event)).toMatchObject([{ level: LEVELS.warn, durationMs: 1, msg }]);
  });

  it("warns of a lease that the settings name and the record does not", () => {
    expect(linesOf({ ...learned, configuredLeaseMs: 500 })).toMatchObject([{ msg: "the cache is on, epoch 2" }]);
    const [, warning] = linesOf({ ...learned, configuredLeaseMs: 900 });
    expect(warning).toMatchObject({ level: LEVELS.warn, leaseMs: 500, configuredLeaseMs: 900 });
  });

  it("tells a store that slows down, and one that keeps up as at the start", () => {
    const { callsAtStart } = storeLimitsDefaults;
    const window = (from: number, calls: number) => linesOf({ type: "store-window", from, calls });
    expect(window(callsAtStart, 1)).toMatchObject([{ level: LEVELS.warn }]);
    expect(window(callsAtStart - 1, callsAtStart)).toMatchObject([{ level: LEVELS.info }]);
    expect(window(1, 2)).toEqual([]);
  });

  it("names at most ten keys that were healed, and counts all", () => {
    const keys = Array.from({ length: 12 }, (_, index) => `key-${index}`);
    const [line] = linesOf({ type: "entries-healed", keys });
    expect(line).toMatchObject({ level: LEVELS.warn, keys: keys.slice(0, 10), healed: 12 });
  });

  it("says when no server confirms the time, and when one does again", () => {
    const error = new CoreError("CLOCK_UNCONFIRMED", "a day ahead");
    expect(linesOf({ type: "clock", error })).toMatchObject([{ level: LEVELS.error, msg: "a day ahead" }]);
    expect(linesOf({ type: "clock", error: null })).toMatchObject([{ level: LEVELS.info }]);
  });

  it("has no line for what is only counted", () => {
    expect(linesOf({ type: "reduced", lane: "batch", records: 3 })).toEqual([]);
  });
});
