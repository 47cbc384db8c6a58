import { describe, expect, it } from "vitest";
import { CoreError, type ErrorCode, type Receipt, sendUntilSettled } from "../../src/index.ts";
import { VirtualClock, versionOf } from "../../src/testing/index.ts";

const applied: Receipt = { status: "applied", version: versionOf(1) };
const failed = (code: ErrorCode): Receipt => ({ status: "failed", error: new CoreError(code, "as told") });

/** Gives each call its answer; the last answer stands for all calls that follow. */
function partsWith(answers: readonly ((item: string) => Receipt)[]) {
  const clock = new VirtualClock();
  const sent: (readonly string[])[] = [];
  const slept: number[] = [];
  const send = (items: readonly string[]): Promise<readonly Receipt[]> => {
    const answer = answers[Math.min(sent.length, answers.length - 1)] ?? (() => applied);
    sent.push(items);
    return Promise.resolve(items.map(answer));
  };
  const sleep = (ms: number): Promise<void> => {
    slept.push(ms);
    return Promise.resolve();
  };
  return { parts: { send, clock: Object.assign(clock, { sleep }), random: () => 0.5 }, sent, slept };
}

describe("sendUntilSettled", () => {
  it("sends again what failed, and only that, and keeps the order of the receipts", async () => {
    const flaky = (item: string): Receipt => (item === "b" ? failed("STORE_THROTTLED") : applied);
    const { parts, sent } = partsWith([flaky, flaky, () => applied]);
    const receipts = await sendUntilSettled(parts, ["a", "b", "c"]);
    expect(receipts).toEqual([applied, applied, applied]);
    expect(sent).toEqual([["a", "b", "c"], ["b"], ["b"]]);
  });

  it("waits twice as long each time, up to its limit, half of it on average", async () => {
    const { parts, slept } = partsWith([() => failed("STORE_UNAVAILABLE")]);
    const receipts = await sendUntilSettled(parts, ["a"], { retry: { attemptsMax: 6, baseMs: 100, maxMs: 500 } });
    expect(receipts.map(({ status }) => status)).toEqual(["failed"]);
    expect(slept).toEqual([50, 100, 200, 250, 250]);
  });

  it("does not send again while one of the failures can never succeed", async () => {
    const { parts, sent } = partsWith([(item) => failed(item === "a" ? "STORE_REJECTED" : "STORE_THROTTLED")]);
    await sendUntilSettled(parts, ["a", "b"]);
    expect(sent).toHaveLength(1);
  });

  it("sends no more once the signal has fired", async () => {
    const { parts, sent } = partsWith([() => failed("ABORTED")]);
    await sendUntilSettled(parts, ["a"], { signal: AbortSignal.abort() });
    expect(sent).toHaveLength(1);
  });
});
