import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeKey as encodeKeyWith,
  type EntityKey,
  type FeatureGroup,
  FeatureGroupError,
  type GroupDefinition,
  plainSubjectDigests,
} from "../src/index.ts";
import { readKey as readKeyWith } from "../src/entity-key.ts";
import { airports, departures, FLIGHT_TIME_US, routes } from "./fixtures.ts";

const parts = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).filter((text) => text.isWellFormed());
/** Text of the characters that the encoding itself uses. */
const hostile = fc.string({
  unit: fc.constantFrom("#", "%", "2", "3", "5", "{", "}", "\u0000", "é", "😀"),
  minLength: 1,
  maxLength: 8,
});
const route = fc.record({ origin: fc.oneof(parts, hostile), destination: fc.oneof(parts, hostile) });

/** Groups with plain keys ask for no digest. */
function encodeKey<Definition extends GroupDefinition>(
  group: FeatureGroup<Definition>,
  key: EntityKey<Definition>,
): string {
  return encodeKeyWith(group, key, plainSubjectDigests);
}

const readKey = (group: FeatureGroup, fields: Readonly<Record<string, unknown>>): ReturnType<typeof readKeyWith> =>
  readKeyWith(group, fields, plainSubjectDigests);

describe("encodeKey", () => {
  test("is the group and the parts, in the order of the definition", () => {
    expect(encodeKey(routes, { destination: "SFO", origin: "SEA" })).toBe("routes#SEA#SFO");
  });

  test("a value and its text name the same entity", () => {
    expect(encodeKey(airports, { iata: 1 })).toBe("airports#1");
    expect(encodeKey(airports, { iata: 1n })).toBe("airports#1");
    expect(encodeKey(airports, { iata: "1" })).toBe("airports#1");
    expect(encodeKey(airports, { iata: true })).toBe(encodeKey(airports, { iata: "true" }));
    expect(encodeKey(airports, { iata: -0 })).toBe("airports#0");
    expect(encodeKey(airports, { iata: "01" })).not.toBe("airports#1");
  });

  test("escapes separators, braces and control characters, and keeps everything else as it is", () => {
    expect(encodeKey(airports, { iata: "a#b%c{d}\n\u0085" })).toBe("airports#a%23b%25c%7Bd%7D%0A%C2%85");
    expect(encodeKey(airports, { iata: "Zürich 😀 北京/x:y" })).toBe("airports#Zürich 😀 北京/x:y");
  });

  test("does not normalise: two spellings are two entities", () => {
    expect(encodeKey(airports, { iata: "\u00e9" })).not.toBe(encodeKey(airports, { iata: "e\u0301" }));
  });

  test("an event time in the key is the instant, however it is written", () => {
    const entity = { origin: "SEA", destination: "SFO" };
    const key = `departures#SEA#SFO#${FLIGHT_TIME_US}`;
    expect(encodeKey(departures, { ...entity, date: "2001-01-31T08:05:00Z" })).toBe(key);
    expect(encodeKey(departures, { ...entity, date: "2001-01-31T09:05:00+01:00" })).toBe(key);
    expect(encodeKey(departures, { ...entity, date: BigInt(FLIGHT_TIME_US) })).toBe(key);
    expect(encodeKey(departures, { ...entity, date: new Date(FLIGHT_TIME_US / 1_000) })).toBe(key);
  });

  test("comes apart into the group and its parts again", () => {
    fc.assert(
      fc.property(route, (entity) => {
        const parts = encodeKey(routes, entity).split("#").map(decodeURIComponent);
        expect(parts).toEqual(["routes", entity.origin, entity.destination]);
      }),
    );
  });

  test("distinct entities have distinct keys", () => {
    fc.assert(
      fc.property(route, route, (a, b) => {
        const isSame = a.origin === b.origin && a.destination === b.destination;
        expect(encodeKey(routes, a) === encodeKey(routes, b)).toBe(isSame);
      }),
    );
  });

  test("moving a separator between the parts never gives the same key", () => {
    fc.assert(
      fc.property(hostile, fc.nat(), fc.nat(), (text, i, j) => {
        const split = (at: number) => ({
          origin: `x${text.slice(0, at)}`.toWellFormed(),
          destination: `${text.slice(at)}y`.toWellFormed(),
        });
        const [a, b] = [split(i % (text.length + 1)), split(j % (text.length + 1))];
        fc.pre(a.origin !== b.origin);
        expect(encodeKey(routes, a)).not.toBe(encodeKey(routes, b));
      }),
    );
  });

  test("throws INVALID_KEY with the field, the value and the group", () => {
    const encode = () => encodeKey(routes, { origin: "", destination: "SFO" });
    expect(encode).toThrow(FeatureGroupError);
    expect(encode).toThrow(/feature group "routes": key field "origin", "", is empty/);
  });
});

describe("readKey", () => {
  test.each([
    [{ origin: "SEA" }, "missing-key-field"],
    [{ origin: "SEA", destination: null }, "missing-key-field"],
    [{ origin: "SEA", destination: "" }, "invalid-key-field"],
    [{ origin: "SEA", destination: "\ud83d" }, "invalid-key-field"],
    [{ origin: "SEA", destination: "a\udc00b" }, "invalid-key-field"],
    [{ origin: "SEA", destination: 1.5 }, "invalid-key-field"],
    [{ origin: "SEA", destination: 2 ** 53 }, "invalid-key-field"],
    [{ origin: "SEA", destination: Number.NaN }, "invalid-key-field"],
    [{ origin: "SEA", destination: ["SFO"] }, "invalid-key-field"],
    [{ origin: "SEA", destination: new Date(0) }, "invalid-key-field"],
    [{ origin: "SEA", destination: "x".repeat(2_048) }, "key-too-long"],
    [{ origin: "SEA", destination: "😀".repeat(512) }, "key-too-long"],
    [{ origin: "SEA", destination: "#".repeat(700) }, "key-too-long"],
  ])("case %#: %s", (fields, reason) => {
    expect(readKey(routes, fields)).toMatchObject({ kind: "dead", reason });
  });

  test("takes exactly 2,048 bytes", () => {
    const room = 2_048 - "airports#".length;
    expect(readKey(airports, { iata: "x".repeat(room) })).toHaveLength(2_048);
    expect(readKey(airports, { iata: "x".repeat(room + 1) })).toMatchObject({ reason: "key-too-long" });
  });
});
