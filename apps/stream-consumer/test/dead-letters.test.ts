import { expect, test } from "vitest";
import { deadLetterMessage, deadTopicOf } from "../src/dead-letters.ts";
import type { StreamRecord } from "../src/stream-source.ts";

const BYTES = Buffer.from("ff00fe", "hex");
const SOURCE = { topic: "flights", partition: 3 };
const CONTEXT = {
  topic: "flights",
  partition: "3",
  offset: "9",
  timestamp: "5",
  table: "staging",
  lane: "stream",
  reason: "r",
  error: "e",
};

function recordWith(headers: StreamRecord["headers"]): StreamRecord {
  return { offset: 9n, timestampMs: 5, key: BYTES, value: null, headers };
}

function letterOf(record: StreamRecord) {
  return { place: SOURCE, input: record, reason: "r", detail: "e", table: "staging" };
}

test("a dead letter says where its record was, whatever the record's own headers say", () => {
  const own = recordWith([
    { name: "topic", value: Buffer.from("liar") },
    { name: "reason", value: Buffer.from("none") },
  ]);
  expect(deadLetterMessage(letterOf(own)).headers).toEqual({
    "original-topic": Buffer.from("liar"),
    "original-reason": Buffer.from("none"),
    ...CONTEXT,
  });
});

test("a dead letter holds headers as bytes, every one of a name, and tells an absent value from an empty one", () => {
  const own = recordWith([
    { name: "trace", value: BYTES },
    { name: "hop", value: Buffer.from("one") },
    { name: "hop", value: Buffer.from("two") },
    { name: "gone", value: null },
    { name: "empty", value: Buffer.alloc(0) },
  ]);
  const { headers, key, value } = deadLetterMessage(letterOf(own));
  expect([key, value]).toEqual([BYTES, null]);
  expect(headers).toMatchObject({
    "original-trace": BYTES,
    "original-hop": [Buffer.from("one"), Buffer.from("two")],
    "original-gone": new Uint8Array(),
    "null-headers": '["gone"]',
  });
  expect(headers["original-empty"]).toHaveLength(0);
});

test("what a letter leaves out is told by its size", () => {
  const own = recordWith([{ name: "trace", value: BYTES }]);
  const { key, headers } = deadLetterMessage(letterOf(own), ["value", "headers", "key"]);
  expect(key).toBeNull();
  expect(headers).toEqual({
    ...CONTEXT,
    "value-omitted-bytes": "0",
    "headers-omitted-bytes": "8",
    "key-omitted-bytes": "3",
  });
});

test("the letters of two tables that read one topic lie apart; those of the default table are where they were", () => {
  expect(deadTopicOf("flights", "trilane")).toBe("flights.dead");
  expect(deadTopicOf("flights", "staging")).toBe("flights.staging.dead");
});
