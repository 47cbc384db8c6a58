import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash } from "node:crypto";
import {
  contentHash,
  decodePayload,
  plainSubjectDigests,
  encodePayload,
  FeatureGroupError,
  type PayloadHeader,
  payloadHeaderOf,
} from "../src/index.ts";

/** Values that are stored faithfully; -0 is stored as 0. */
const names = fc.string({ unit: "grapheme" }).filter((name) => name !== "__proto__");
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.maxSafeInteger(),
    fc.string({ unit: "grapheme" }),
    fc.boolean(),
    fc.constant(null),
    fc.date({ noInvalidDate: true }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(names, tie("value"), { maxKeys: 4 }),
  ),
})).value;
const features = fc.dictionary(names, values, { maxKeys: 6 });

function headerOf(subject: string, ttlMs: number | null): PayloadHeader {
  return { subjectDigest: plainSubjectDigests.digestOf(subject), ttlMs };
}

describe("encodePayload", () => {
  test("round trip", () => {
    fc.assert(
      fc.property(
        features,
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        fc.option(fc.string()),
        fc.option(fc.nat()),
        (input, schemaVersion, subject, ttlMs) => {
          const header = { subjectDigest: subject === null ? null : plainSubjectDigests.digestOf(subject), ttlMs };
          const payload = encodePayload(schemaVersion, input, header);
          expect(decodePayload(payload)).toEqual({ schemaVersion, ...header, features: { ...input } });
          expect(payloadHeaderOf(payload)).toEqual(header);
        },
      ),
    );
  });

  test("the order of keys does not matter, at any depth", () => {
    fc.assert(
      fc.property(features, fc.infiniteStream(fc.nat()), (input, choices) => {
        const other = shuffled(input, () => choices.next().value ?? 0);
        const payload = encodePayload(1, input);
        expect(contentHash(encodePayload(1, other as object))).toBe(contentHash(payload));
      }),
    );
  });

  test("different features have different hashes", () => {
    fc.assert(
      fc.property(features, features, (a, b) => {
        const isSame = Buffer.from(encodePayload(1, a)).equals(encodePayload(1, b));
        expect(contentHash(encodePayload(1, a)) === contentHash(encodePayload(1, b))).toBe(isSame);
      }),
    );
  });

  test.each([
    ["bigint and number", { a: 5n }, { a: 5 }],
    ["the largest exact bigint", { a: 2n ** 53n - 1n }, { a: Number.MAX_SAFE_INTEGER }],
    ["-0 and 0", { a: -0, b: [-0] }, { a: 0, b: [0] }],
    ["undefined and left out", { a: 1, b: undefined, c: { d: undefined } }, { c: {}, a: 1 }],
    ["undefined first", { a: undefined, b: 1 }, { b: 1 }],
    ["sorted and not, inside arrays", { a: [{ c: 1, b: 2 }] }, { a: [{ b: 2, c: 1 }] }],
    ["numeric names", { 9: 1, 10: 2, a: 3 }, { a: 3, 10: 2, 9: 1 }],
    ["with and without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ])("the same: %s", (_name, a, b) => {
    expect(Buffer.from(encodePayload(1, a))).toEqual(Buffer.from(encodePayload(1, b)));
  });

  test("does not change what it is given", () => {
    const input = Object.freeze({ b: Object.freeze([1n, Object.freeze({ z: 1, a: undefined })]), a: -0 });
    encodePayload(1, input);
    expect(Object.keys(input)).toEqual(["b", "a"]);
    expect(input.b[0]).toBe(1n);
  });

  test("int64 is exact, bytes and dates come back as such", () => {
    const input = { big: 2n ** 62n + 1n, low: -(2n ** 63n), bytes: new Uint8Array([0, 255]), at: new Date(-5) };
    const { features: output } = decodePayload(encodePayload(1, input));
    expect(output).toMatchObject({ big: 2n ** 62n + 1n, low: -(2n ** 63n), at: new Date(-5) });
    expect(new Uint8Array(output["bytes"] as Uint8Array)).toEqual(input.bytes);
  });

  /** A change here is a change of the format: replays would compute other versions than before. */
  test("known bytes", () => {
    const payload = encodePayload(1, {
      distance: 679n,
      delay: -3,
      ratio: 0.5,
      name: "Zürich",
      at: new Date(1_000),
      big: 2n ** 60n,
    });
    expect(Buffer.from(payload).toString("hex")).toBe(
      "0100920186a26174d6ff00000001a3626967d31000000000000000a564656c6179fda864697374616e6365cd02a7a46e616d65a75ac3bc72696368a5726174696fcb3fe0000000000000",
    );
    expect(contentHash(payload)).toBe("623dba90195f848b");
  });

  test("known bytes of a payload with a subject", () => {
    expect(Buffer.from(encodePayload(2, { a: 1 }, headerOf("p-1", null))).toString("hex")).toBe(
      `0101${hash("sha256", "p-1", "hex").slice(0, 32)}920281a16101`,
    );
  });

  test("known bytes of a payload with a subject and a ttl of its own", () => {
    expect(Buffer.from(encodePayload(2, { a: 1 }, headerOf("p-1", 60_000))).toString("hex")).toBe(
      `0103${hash("sha256", "p-1", "hex").slice(0, 32)}000000000000ea60920281a16101`,
    );
  });

  test.each([
    ["NaN", { a: Number.NaN }, /"a", NaN, is not a finite number/],
    ["Infinity", { a: { b: [1, Number.POSITIVE_INFINITY] } }, /"a\.b\.1", Infinity/],
    ["an invalid date", { a: new Date(Number.NaN) }, /is not a date that exists/],
    ["beyond int64", { a: 2n ** 63n }, /does not fit in 64 bits/],
    ["half a pair", { a: "\ud800" }, /half of a surrogate pair/],
    ["half a pair in a name", { "\ud800": 1 }, /cannot be the name/],
    ["__proto__", JSON.parse('{"__proto__":1}'), /cannot be the name/],
    ["undefined in an array", { a: [undefined] }, /use null/],
    // oxlint-disable-next-line no-sparse-arrays
    ["a hole in an array", { a: [1, , 2] }, /use null/],
    ["a function", { a: () => 1 }, /cannot be stored/],
    ["a symbol", { a: Symbol("x") }, /cannot be stored/],
    ["a Map", { a: new Map() }, /use plain objects/],
    ["an instance", { a: new (class Point {})() }, /use plain objects/],
    ["Float32Array", { a: new Float32Array(2) }, /use plain objects/],
    ["an array at the top", [1], /must be a plain object/],
    ["an instance at the top", new Date(), /must be a plain object/],
  ])("refuses %s", (_name, input, message) => {
    expect(() => encodePayload(1, input)).toThrow(FeatureGroupError);
    expect(() => encodePayload(1, input)).toThrow(message);
  });

  test("refuses cycles instead of running out of stack", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(() => encodePayload(1, cycle)).toThrow(/nested more than 32 levels/);
  });

  test("small payloads after a large one do not keep its memory", () => {
    encodePayload(1, { text: "x".repeat(1_000_000) });
    expect(encodePayload(1, { a: 1 }).buffer.byteLength).toBeLessThanOrEqual(65_536);
  });
});

describe("decodePayload", () => {
  test.each([
    ["nothing", []],
    ["another layout", [0x02, 0x00, 0x92, 0x01, 0x80]],
    ["flags that it does not know", [0x01, 0x02, 0x92, 0x01, 0x80]],
    ["a subject that is cut short", [0x01, 0x01, 0x92, 0x01, 0x80]],
    ["nothing behind the header", [0x01, 0x00]],
    ["not a pair", [0x01, 0x00, 0x01]],
    ["a pair without features", [0x01, 0x00, 0x92, 0x01, 0x02]],
    ["features in an array", [0x01, 0x00, 0x92, 0x01, 0x91, 0x02]],
    ["what is cut short", [0x01, 0x00, 0x92, 0x01, 0x81, 0xa1]],
  ])("refuses %s", (_name, bytes) => {
    expect(() => decodePayload(new Uint8Array(bytes))).toThrow(FeatureGroupError);
  });

  test("refuses any bytes with an error of its own, or decodes them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom([], [1, 0], [1, 1]), (bytes, header) => {
        try {
          decodePayload(Uint8Array.from([...header, ...bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(FeatureGroupError);
        }
      }),
    );
  });

  test("what it gives does not change with the bytes it was given", () => {
    const payload = Uint8Array.from(encodePayload(1, { bytes: new Uint8Array([1, 2]) }));
    const { features: output } = decodePayload(payload);
    payload.fill(0);
    expect(new Uint8Array(output["bytes"] as Uint8Array)).toEqual(new Uint8Array([1, 2]));
  });
});

/** A copy with the keys of every object in another order. */
function shuffled(value: unknown, choose: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, choose));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).map((entry) => ({ entry, rank: choose() }));
  entries.sort((a, b) => a.rank - b.rank);
  return Object.fromEntries(entries.map(({ entry: [name, item] }) => [name, shuffled(item, choose)]));
}
