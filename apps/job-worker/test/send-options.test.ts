import { expect, test } from "vitest";
import { sendOptions } from "../src/send-options.ts";
import { assertTakesSignal, type Processor } from "../src/job-processor.ts";
import { parseJob } from "../src/decode.ts";
import { checkEviction, queueClientOptions } from "../src/queue-connection.ts";

const refresh = (key: object) => parseJob("refresh", { group: "routes", key });

test("only a refresh that nobody waits for is deduplicated, and a newer one is kept", () => {
  const put = parseJob("put", { group: "routes", records: [{}] });
  expect(sendOptions(put, { isAwaited: false }).deduplication).toBeUndefined();
  expect(sendOptions(refresh({ a: 1 }), { isAwaited: true }).deduplication).toBeUndefined();
  expect(sendOptions(refresh({ a: 1 }), { isAwaited: false }).deduplication).toMatchObject({ keepLastIfActive: true });
});

test("the same entity is the same refresh, another is not", () => {
  const id = (key: object): unknown => sendOptions(refresh(key), { isAwaited: false }).deduplication?.id;
  expect(id({ a: 1, b: "x" })).toBe(id({ b: "x", a: 1 }));
  expect(id({ a: 1, b: "x" })).not.toBe(id({ a: 1, b: "y" }));
});

test("jobs are tried again with growing, random pauses; the library judges no age, which it would by one clock", () => {
  const options = sendOptions(refresh({ a: 1 }), { isAwaited: true });
  expect(options.attempts).toBeGreaterThan(1);
  expect(options.backoff).toMatchObject({ type: "exponential", jitter: 0.5 });
  for (const keep of [options.removeOnComplete, options.removeOnFail]) {
    expect(keep).toEqual({ count: expect.any(Number) });
  }
});

test("a processor that hides its signal is refused", () => {
  const good: Processor = async (_job, _token, _signal) => Promise.reject(new Error("not run"));
  const hidden: Processor = async (...args) => good(...args);
  expect(assertTakesSignal(good)).toBe(good);
  expect(() => assertTakesSignal(hidden)).toThrow(TypeError);
});

test("a server that evicts is refused, one that hides its policy as well", () => {
  expect(() => checkEviction("maxmemory:0\r\nmaxmemory_policy:noeviction\r\n", "redis://q")).not.toThrow();
  expect(() => checkEviction("maxmemory_policy:volatile-lru\r\n", "redis://q")).toThrow(/redis:\/\/q.*volatile-lru/);
  expect(() => checkEviction("", "redis://q")).toThrow(/unknown/);
});

test("a worker's commands wait for the server, a sender's do not for ever", () => {
  expect(queueClientOptions("worker").maxRetriesPerRequest).toBeNull();
  expect(queueClientOptions("sender").maxRetriesPerRequest).toBeGreaterThan(0);
});
