import { NO_PLACE, parseVersion, PAYLOAD_BYTES_MAX, type Lane } from "@trilane/write-through";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import {
  contentHash,
  days,
  DEAD_REASONS,
  decodePayload,
  defineConfig,
  defineGroup,
  plainSubjectDigests,
  type FeatureGroup,
  type GroupDefinition,
  FeatureGroupError,
  jobPlaces,
  parseChange,
  parseRecord,
  payloadHeaderOf,
  years,
} from "../src/index.ts";
import {
  airports,
  config,
  context,
  departures,
  flight,
  FLIGHT_TIME_US,
  NOW_MS,
  passengers,
  recordOf,
  routes,
} from "./fixtures.ts";

const groupWith = (schema: GroupDefinition["schema"]) =>
  defineConfig({
    groups: {
      g: defineGroup({ key: ["id"], eventTime: { field: "at", unit: "ms" }, schema, ttlMs: years(1) }),
    },
  }).groups.g;

const passenger = { passenger: "p-1", at: NOW_MS - 1_000, sequence: 7, miles: 120 };

test("a field __proto__ makes a record dead, also where its schema would leave it out", () => {
  for (const schema of [z.looseObject({}), z.object({ n: z.number().optional() })]) {
    const input: unknown = JSON.parse('{"id":1,"at":1,"__proto__":{"n":1}}');
    expect(parseRecord(groupWith(schema), input, { lane: "batch", nowMs: NOW_MS })).toEqual({
      kind: "dead",
      reason: "invalid-features",
      detail: 'a record cannot have a field "__proto__"; rename it',
    });
  }
});

describe("parseRecord", () => {
  test("gives key, version, payload, expiry and populate", () => {
    const record = recordOf(parseRecord(routes, flight, context("batch")));
    expect(record).toMatchObject({
      key: "routes#SEA#SFO",
      expiresAtMs: FLIGHT_TIME_US / 1_000 + years(100),
      populate: "if-cached",
    });
    expect(record).not.toHaveProperty("subject");
    const payload = record.payload ?? new Uint8Array();
    expect(parseVersion(record.version)).toEqual({
      eventTimeUs: FLIGHT_TIME_US,
      sequence: 0n,
      lane: "batch",
      place: NO_PLACE,
      schemaVersion: 1,
      contentHash: contentHash(payload),
    });
    expect(decodePayload(payload)).toMatchObject({ schemaVersion: 1, features: { delay: -3, distance: 679 } });
  });

  test("Parquet, JSON and CSV give the same version, whatever the order of their fields", () => {
    const parquet = { date: BigInt(FLIGHT_TIME_US), delay: -3n, distance: 679n, origin: "SEA", destination: "SFO" };
    const csv = { distance: "679", delay: "-3", destination: "SFO", origin: "SEA", date: "2001-01-31 08:05:00" };
    const records = [flight, parquet, csv].map((input) => recordOf(parseRecord(routes, input, context())));
    expect(records[1]).toEqual(records[0]);
    expect(records[2]).toEqual(records[0]);
  });

  test("an event time in the key makes each instant its own entity", () => {
    const fromText = recordOf(parseRecord(departures, flight, context()));
    const fromFile = recordOf(parseRecord(departures, { ...flight, date: BigInt(FLIGHT_TIME_US) }, context()));
    expect(fromText.key).toBe(`departures#SEA#SFO#${FLIGHT_TIME_US}`);
    expect(fromFile).toEqual(fromText);
  });

  test("carries sequence and subject", () => {
    const record = recordOf(parseRecord(passengers, passenger, context()));
    expect(record.subject).toBe(plainSubjectDigests.digestOf("p-1"));
    expect(parseVersion(record.version).sequence).toBe(7n);
    const largest = { ...passenger, sequence: "9223372036854775807" };
    expect(parseVersion(recordOf(parseRecord(passengers, largest, context())).version).sequence).toBe(2n ** 63n - 1n);
  });

  test("is another record when its subject alone is corrected", () => {
    const bookings = defineGroup({
      key: ["booking"],
      eventTime: { field: "at", unit: "ms" },
      subject: "passenger",
      schema: z.object({ miles: z.int() }),
      ttlMs: days(7),
    });
    const { bookings: group } = defineConfig({ groups: { bookings } }).groups;
    const booking = { booking: "b-1", at: NOW_MS, miles: 5 };
    const [wrong, right] = ["p-1", "p-2"].map((name) =>
      recordOf(parseRecord(group, { ...booking, passenger: name }, context())),
    );
    expect(wrong?.version).not.toBe(right?.version);
    expect(payloadHeaderOf(right?.payload ?? new Uint8Array()).subjectDigest).toBe(plainSubjectDigests.digestOf("p-2"));
  });

  test("has the place that it is given, below its lane and above its schema and content", () => {
    const at = (index: number, change: object): string =>
      recordOf(
        parseRecord(
          routes,
          { ...flight, ...change },
          context("batch", { place: jobPlaces({ timeMs: 1, id: "1" })(index) }),
        ),
      ).version;
    for (const delay of [0, 1, 2, 3]) expect(at(1, { delay }) > at(0, { delay: 3 - delay })).toBe(true);
    const stream = recordOf(parseRecord(routes, flight, context("stream"))).version;
    expect(stream > at(1_000, {})).toBe(true);
  });

  test("of a later schema wins over itself, and over nothing later in its source", () => {
    const later = { ...routes, schemaVersion: 2 };
    const at = (group: FeatureGroup, index: number): string =>
      recordOf(parseRecord(group, flight, context("batch", { place: jobPlaces({ timeMs: 1, id: "1" })(index) })))
        .version;
    expect(at(later, 0) > at(routes, 0)).toBe(true);
    expect(at(later, 0) < at(routes, 1)).toBe(true);
  });

  test("takes the time of a group without one from the source, never from the present", () => {
    const input = { iata: "SEA", name: "Seattle-Tacoma" };
    const record = recordOf(parseRecord(airports, input, context("batch", { sourceTimeUs: FLIGHT_TIME_US })));
    expect(parseVersion(record.version).eventTimeUs).toBe(FLIGHT_TIME_US);
    expect(parseRecord(airports, input, context("batch"))).toMatchObject({ reason: "missing-event-time" });
    const late = context("batch", { sourceTimeUs: (NOW_MS + 300_001) * 1_000 });
    expect(parseRecord(airports, input, late)).toMatchObject({ reason: "event-time-in-future" });
    const fraction = context("batch", { sourceTimeUs: 1.5 });
    expect(parseRecord(airports, input, fraction)).toMatchObject({ reason: "invalid-event-time" });
  });

  test("the source's time does not replace a field that is missing", () => {
    const { date: _date, ...rest } = flight;
    const parsed = parseRecord(routes, rest, context("batch", { sourceTimeUs: FLIGHT_TIME_US }));
    expect(parsed).toMatchObject({ reason: "missing-event-time" });
  });

  test("is expired from the millisecond at which its time to live is over", () => {
    const at = NOW_MS - passengers.ttlMs;
    const parsed = parseRecord(passengers, { ...passenger, at }, context());
    expect(parsed).toMatchObject({ kind: "expired", key: "passengers#p-1" });
    expect(parseRecord(passengers, { ...passenger, at: at + 1 }, context())).toMatchObject({ kind: "record" });
  });

  test.each<[string, unknown]>([
    ["not-an-object", null],
    ["not-an-object", "SEA"],
    ["not-an-object", [flight]],
    ["not-an-object", undefined],
    ["missing-key-field", { ...flight, origin: undefined }],
    ["invalid-key-field", { ...flight, origin: "\udfff" }],
    ["key-too-long", { ...flight, origin: "x".repeat(3_000) }],
    ["missing-event-time", { ...flight, date: null }],
    ["invalid-event-time", { ...flight, date: "2001-02-30T00:00:00Z" }],
    ["event-time-in-future", { ...flight, date: "2199-01-01T00:00:00Z" }],
    ["event-time-before-1970", { ...flight, date: "1903-12-17T10:35:00-05:00" }],
    ["invalid-features", { ...flight, delay: "late" }],
    ["invalid-features", { ...flight, delay: "" }],
    ["invalid-features", { ...flight, delay: null }],
    ["invalid-features", { ...flight, delay: 2n ** 53n }],
    ["invalid-features", { origin: "SEA", destination: "SFO", date: flight.date }],
  ])("%s: case %#", (reason, input) => {
    expect(parseRecord(routes, input, context())).toMatchObject({ kind: "dead", reason });
  });

  test.each<[string, object]>([
    ["invalid-sequence", { sequence: undefined }],
    ["invalid-sequence", { sequence: -1 }],
    ["invalid-sequence", { sequence: 1.5 }],
    ["invalid-sequence", { sequence: 2n ** 63n }],
    ["invalid-sequence", { sequence: "9223372036854775808" }],
    ["invalid-sequence", { sequence: "0x10" }],
    ["invalid-features", { note: "\ud800" }],
  ])("%s: %o", (reason, change) => {
    expect(parseRecord(passengers, { ...passenger, ...change }, context())).toMatchObject({ kind: "dead", reason });
  });

  test("an impossible date in the key is told as what it is", () => {
    const parsed = parseRecord(departures, { ...flight, date: "2001-02-30" }, context());
    expect(parsed).toMatchObject({ reason: "invalid-event-time" });
  });

  test("a record larger than the store takes is dead, one that just fits is not", () => {
    const sizeOf = (length: number) => parseRecord(passengers, { ...passenger, note: "x".repeat(length) }, context());
    expect(sizeOf(500_000)).toMatchObject({ reason: "oversized-record", detail: expect.stringContaining("500") });
    const overhead = (recordOf(sizeOf(100_000)).payload?.length ?? 0) - 100_000;
    expect(recordOf(sizeOf(PAYLOAD_BYTES_MAX - overhead)).payload).toHaveLength(PAYLOAD_BYTES_MAX);
    expect(sizeOf(PAYLOAD_BYTES_MAX - overhead + 1)).toMatchObject({ reason: "oversized-record" });
  });

  test("schema issues are told with path, value and message, and not without end", () => {
    const parsed = parseRecord(routes, { ...flight, delay: "late" }, context());
    expect(parsed).toMatchObject({ detail: '"delay" is "late": expected an integer of at most 53 bits' });
    const wide = z.object(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, z.string()])));
    const many = parseRecord(groupWith(wide), { id: 1, at: NOW_MS }, context());
    expect(many).toMatchObject({ detail: expect.stringMatching(/"f4" is undefined.*; and 15 more$/) });
  });

  test("the same record gets the same version on every replay, and its lane's rank", () => {
    const versionOf = (lane: Lane, nowMs: number) => recordOf(parseRecord(routes, flight, { lane, nowMs })).version;
    expect(versionOf("batch", NOW_MS)).toBe(versionOf("batch", NOW_MS + years(1)));
    expect(versionOf("batch", NOW_MS) < versionOf("stream", NOW_MS)).toBe(true);
    expect(versionOf("stream", NOW_MS) < versionOf("on-demand", NOW_MS)).toBe(true);
  });

  test("never throws, and gives only reasons of the list", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withNullPrototype: true,
      withMap: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    const input = fc.oneof(
      anything,
      fc.record({ origin: anything, destination: anything, date: anything, delay: anything, distance: anything }),
      fc.record({
        origin: fc.string({ unit: "binary" }),
        destination: fc.string(),
        date: fc.oneof(fc.string(), fc.bigInt(), fc.date()),
        delay: fc.integer(),
        distance: fc.double(),
      }),
    );
    fc.assert(
      fc.property(input, (value) => {
        const parsed = parseRecord(routes, value, context());
        if (parsed.kind === "dead") expect(DEAD_REASONS).toHaveProperty(parsed.reason);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("schemas", () => {
  const input = { id: 1, at: NOW_MS, value: 1 };

  test("an asynchronous schema is a fault of the configuration", () => {
    const group = groupWith(z.object({ value: z.number().refine(async () => true) }));
    const parse = () => parseRecord(group, input, context());
    expect(parse).toThrow(FeatureGroupError);
    expect(parse).toThrow(/feature group "g": the schema answered with a promise/);
  });

  test("a schema of another library that throws makes a dead record", () => {
    const validate = () => {
      throw new Error("out of cheese");
    };
    const schema = { "~standard": { version: 1, vendor: "test", validate } } as const;
    const detail = "the schema threw: out of cheese";
    expect(parseRecord(groupWith(schema), input, context())).toMatchObject({ reason: "invalid-features", detail });
  });

  test("a check that throws in a zod schema makes a dead record, although zod answers with a promise", () => {
    const schema = z.object({ value: z.number() }).refine(() => {
      throw new Error("out of cheese");
    });
    const detail = "the schema threw: out of cheese";
    expect(parseRecord(groupWith(schema), input, context())).toMatchObject({ reason: "invalid-features", detail });
  });

  test("what a schema answers is what is stored", () => {
    const group = groupWith(
      z.object({ value: z.number().transform((value) => ({ twice: value * 2 })), note: z.string().default("none") }),
    );
    const { payload } = recordOf(parseRecord(group, input, context()));
    expect(decodePayload(payload ?? new Uint8Array()).features).toEqual({ value: { twice: 2 }, note: "none" });
  });

  test("features that have no encoding make a dead record", () => {
    const group = groupWith(z.object({ value: z.any().transform(() => ({ deep: [Number.NaN] })) }));
    expect(parseRecord(group, input, context())).toMatchObject({
      reason: "invalid-features",
      detail: expect.stringContaining('"value.deep.0", NaN'),
    });
  });
});

describe("parseChange", () => {
  test("a group that is not defined makes a dead record", () => {
    for (const group of ["flights", "constructor", "__proto__", "\ud800".repeat(1_000)]) {
      const parsed = parseChange(config, { kind: "put", group, input: flight }, context());
      expect(parsed).toMatchObject({ kind: "dead", reason: "unknown-group" });
    }
    const parsed = parseChange(config, { kind: "put", group: "flights", input: flight }, context());
    expect(parsed).toMatchObject({ detail: expect.stringContaining("routes, departures, airports, passengers") });
  });

  test("a group's name that is no text makes a dead record", () => {
    const group = { toString: 1 } as unknown as string;
    expect(parseChange(config, { kind: "put", group, input: flight }, context())).toMatchObject({
      reason: "unknown-group",
    });
  });

  test("a change's own source time comes before the context's", () => {
    const change = { kind: "put", group: "airports", input: { iata: "SEA", name: "x" }, sourceTimeUs: 5_000 } as const;
    const record = recordOf(parseChange(config, change, context("stream", { sourceTimeUs: 9_000 })));
    expect(parseVersion(record.version).eventTimeUs).toBe(5_000);
  });
});
