import { RefusedInput } from "@trilane/feature-groups";
import { describe, expect, test } from "vitest";
import { MessageChange } from "../src/decode.ts";
import { LogRecord } from "../src/kafkajs/log-record.ts";
import type { StreamRecord } from "../src/stream-source.ts";

const routes = { group: "routes", partition: 3 };
const AT_5_MS = `${"5".padStart(13, "0")}00000003${"7".padStart(19, "0")}`;
const AT_9_MS = `${"9".padStart(13, "0")}00000003${"7".padStart(19, "0")}`;

function record(parts: { key?: string | Uint8Array; value?: string | Uint8Array; timestampMs?: number }): StreamRecord {
  const bytes = (part: string | Uint8Array | undefined): Uint8Array | null => {
    if (part === undefined) return null;
    return typeof part === "string" ? Buffer.from(part) : part;
  };
  return {
    offset: 7n,
    timestampMs: parts.timestampMs ?? null,
    key: bytes(parts.key),
    value: bytes(parts.value),
    headers: [],
  };
}

/** The change that the writer takes from the message. */
function decodeMessage(message: StreamRecord, source: { readonly group: string; readonly partition: number }): object {
  const { kind, group, input, sourceTimeUs, place } = new MessageChange(message, source);
  if (input instanceof RefusedInput) return { kind: "undecodable", reason: input.reason, detail: input.detail };
  return { kind: "change", change: { kind, group, input, sourceTimeUs, place } };
}

describe("a message with a value", () => {
  test("is a put, with the message's time as its source's", () => {
    expect(decodeMessage(record({ value: '{"a":1}', timestampMs: 5 }), routes)).toEqual({
      kind: "change",
      change: { kind: "put", group: "routes", input: { a: 1 }, sourceTimeUs: 5_000, place: AT_5_MS },
    });
  });

  test("keeps integers that a double cannot hold", () => {
    const decoded = decodeMessage(
      record({ value: '{"n":9007199254740993,"f":0.1234567890123456,"s":"9007199254740993"}' }),
      routes,
    );
    expect(decoded).toMatchObject({
      change: { input: { n: 9_007_199_254_740_993n, f: 0.1234567890123456, s: "9007199254740993" } },
    });
  });

  test.each([
    ["cut off", '{"a":'],
    ["empty", ""],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
    ["not JSON", "<flight/>"],
  ])("that is %s cannot be decoded", (_name, value) => {
    expect(decodeMessage(record({ value }), routes)).toMatchObject({
      kind: "undecodable",
      reason: "undecodable-value",
    });
  });

  test("that is JSON but no object is left to the group's own check", () => {
    expect(decodeMessage(record({ value: "17" }), routes)).toMatchObject({ kind: "change", change: { input: 17 } });
  });
});

describe("a message without a value", () => {
  test("deletes the entity that its key names", () => {
    expect(decodeMessage(record({ key: '{"origin":"SEA","destination":"SFO"}', timestampMs: 9 }), routes)).toEqual({
      kind: "change",
      change: {
        kind: "delete",
        group: "routes",
        input: { origin: "SEA", destination: "SFO" },
        sourceTimeUs: 9_000,
        place: AT_9_MS,
      },
    });
  });

  test.each([
    ["no key", undefined],
    ["a key that is not JSON", "SEA-SFO"],
    ["a key that is a list", '["SEA","SFO"]'],
    ["a key that is null", "null"],
  ])("and with %s cannot be decoded", (_name, key) => {
    const decoded = decodeMessage(record(key === undefined ? {} : { key }), routes);
    expect(decoded).toMatchObject({ kind: "undecodable", reason: "undecodable-key" });
  });
});

test.each([
  ['{"a":1}'],
  [""],
  ["{"],
  ['{"n":9007199254740993}'],
  ['{"n":1e400}'],
  ['{"\\u00f6":1,"h":2}'],
  ['{"text":"ü€😀"}'],
  ["\ufeff{}"],
  [Buffer.from([0x7b, 0xff, 0x7d])],
  ['{"text":"\ufffd"}'],
])("a record in the bytes of its batch is the change that it is by itself: %s", (value) => {
  const alone = record({ value, key: '{"id":1}', timestampMs: 5 });
  const [before, own] = [Buffer.from("9e9"), Buffer.from(value)];
  const bytes = Buffer.concat([before, own, Buffer.from("e99\\")]);
  const span = {
    offsetDelta: 3,
    timestampMs: 5,
    keyAt: 0,
    keyBytes: -1,
    valueAt: before.length,
    valueBytes: own.length,
  };
  const inBatch = new LogRecord({ bytes, baseOffset: 4n }, span, []);
  expect(decodeMessage(inBatch, routes)).toEqual(decodeMessage(alone, routes));
  expect([inBatch.offset, inBatch.sizeBytes]).toEqual([7n, own.length]);
});

test("a record without a value in the bytes of its batch is a delete", () => {
  const bytes = Buffer.from('{"id":1}');
  const span = { offsetDelta: 3, timestampMs: 5, keyAt: 0, keyBytes: bytes.length, valueAt: 8, valueBytes: -1 };
  const inBatch = new LogRecord({ bytes, baseOffset: 4n }, span, []);
  const alone = record({ key: '{"id":1}', timestampMs: 5 });
  expect(decodeMessage(inBatch, routes)).toEqual(decodeMessage(alone, routes));
});
