/**
 * The time of day is the one that a server confirms. There is none while this
 * machine's clock shows another time.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/testing/index.ts";
import { ConfirmedTime } from "../../src/cache-epoch/confirmed-time.ts";

const SERVER_MS = Date.UTC(2026, 0, 1, 12);
const ALLOWED_MS = 5_000;
let clock: VirtualClock;
let wallStepMs: number;
let time: ConfirmedTime;

beforeEach(() => {
  clock = new VirtualClock(SERVER_MS + 400);
  wallStepMs = 0;
  const own = { nowMs: () => clock.nowMs() + wallStepMs, monotonicMs: () => clock.monotonicMs() };
  time = new ConfirmedTime(own, ALLOWED_MS);
});

/** The answer of a server whose clock equals this machine's as long as nobody sets it. */
function hear(serverMs = SERVER_MS): void {
  const sentMs = clock.monotonicMs();
  time.confirm(serverMs, sentMs);
}

function messageOf(): string {
  const read = time.read();
  return read.kind === "unconfirmed" ? `${read.error.code}: ${read.error.message}` : "confirmed";
}

describe("the time of day", () => {
  it("is unknown before a server has told it, or where its answers do not say", () => {
    expect(messageOf()).toMatch(/^CLOCK_UNCONFIRMED: the store has not told its time yet/);
    time.confirm(null, clock.monotonicMs());
    expect(messageOf()).toMatch(/Date header/);
  });

  it("is this machine's where that agrees, and goes on between two answers", () => {
    hear();
    expect(time.read()).toEqual({ kind: "confirmed", nowMs: SERVER_MS + 400 });
    clock.advance(20_000);
    expect(time.read()).toEqual({ kind: "confirmed", nowMs: SERVER_MS + 20_400 });
  });

  it("is the server's where this machine's is a little ahead or behind", () => {
    hear();
    wallStepMs += 3_000;
    expect(time.read()).toEqual({ kind: "confirmed", nowMs: SERVER_MS + 1_000 });
    wallStepMs -= 6_000;
    expect(time.read()).toEqual({ kind: "confirmed", nowMs: SERVER_MS });
  });

  it.each([
    ["an hour ahead", 3_600_000, /3599 s ahead of the store's.*set it right/],
    ["an hour behind", -3_600_000, /3600 s behind the store's/],
    ["a year ahead", 365 * 86_400_000, /ahead/],
  ])("is unknown while this machine's clock is %s, and known again once it is right", (_, stepMs, message) => {
    hear();
    wallStepMs += stepMs;
    expect(messageOf()).toMatch(message);
    hear();
    expect(messageOf()).toMatch(message);
    wallStepMs -= stepMs;
    expect(messageOf()).toBe("confirmed");
  });

  it("is not taken from an answer that took long: it says too little of when the server gave it", () => {
    hear();
    wallStepMs = 7_000;
    const sentMs = clock.monotonicMs();
    clock.advance(20_000);
    time.confirm(SERVER_MS, sentMs);
    expect(messageOf()).toMatch(/ahead of the store's/);
  });

  it("is not carried on for ever", () => {
    hear();
    clock.advance(60_000);
    expect(messageOf()).toBe("confirmed");
    clock.advance(1);
    expect(messageOf()).toMatch(/has not told its time for 60 s/);
  });
});
