import { type Lane, NO_PLACE, PLACE_WIDTH } from "@trilane/write-through";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  askedPlaces,
  describePlace,
  jobPlaces,
  messagePlace,
  objectPlaces,
  parsePlace,
  type Place,
} from "../src/index.ts";

const SHAPE = /^[0-9a-f]{40}$/;
const SEED = 11;
const OFFSET_MAX = 2n ** 63n - 1n;
const timeMs = fc.integer({ min: 0, max: 9_999_999_999_999 });
const row = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const index = fc.integer({ min: 0, max: 1_000_000 });
const identity = fc.array(fc.string(), { minLength: 1, maxLength: 3 });
const message = fc.record({
  timestampMs: timeMs,
  partition: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  offset: fc.bigInt({ min: 0n, max: OFFSET_MAX }),
});

/** Negative, zero or positive, by the first part that differs. */
function order(...parts: readonly (readonly [number | bigint, number | bigint])[]): number {
  for (const [a, b] of parts) if (a !== b) return a < b ? -1 : 1;
  return 0;
}

function compare(a: Place, b: Place): number {
  const asText = a < b ? -1 : Number(a !== b);
  expect(Buffer.compare(Buffer.from(a), Buffer.from(b))).toBe(asText);
  return asText;
}

describe(`places (seed ${SEED})`, () => {
  test("of messages are in the order of time, partition and offset", () => {
    fc.assert(
      fc.property(message, message, (a, b) => {
        const expected = order([a.timestampMs, b.timestampMs], [a.partition, b.partition], [a.offset, b.offset]);
        expect(Math.sign(compare(messagePlace(a), messagePlace(b)))).toBe(expected);
      }),
      { seed: SEED },
    );
  });

  test("of one object are in the order of its rows, those of two objects apart as a whole", () => {
    fc.assert(
      fc.property(
        timeMs,
        timeMs,
        identity,
        identity,
        fc.array(row, { minLength: 2, maxLength: 5 }),
        (a, b, one, other, rows) => {
          const places = objectPlaces({ lastModifiedMs: a, identity: one });
          const others = objectPlaces({ lastModifiedMs: b, identity: other });
          for (const from of rows)
            for (const to of rows) expect(compare(places(from), places(to))).toBe(order([from, to]));
          const seconds = order([Math.floor(a / 1_000), Math.floor(b / 1_000)]);
          const isSame = JSON.stringify(one) === JSON.stringify(other);
          if (seconds === 0 && isSame) return;
          const signs = new Set(rows.flatMap((from) => rows.map((to) => compare(places(from), others(to)))));
          expect(signs.size).toBe(1);
          if (seconds !== 0) expect([...signs]).toEqual([seconds]);
        },
      ),
      { seed: SEED },
    );
  });

  test("of a job are in the order of its list, of two jobs in the order of their times", () => {
    fc.assert(
      fc.property(timeMs, timeMs, index, index, (a, b, from, to) => {
        const places = jobPlaces({ timeMs: a, id: "1" });
        expect(compare(places(from), places(to))).toBe(order([from, to]));
        expect(compare(places(from), askedPlaces(b)(to)) * order([a, b])).toBe(a === b ? 0 : 1);
      }),
      { seed: SEED },
    );
  });

  test("have one width and one alphabet, whatever their sources say", () => {
    const odd = [Number.NaN, -1, 0.5, 1e300, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER];
    for (const value of odd) {
      for (const place of [
        objectPlaces({ lastModifiedMs: value, identity: ["é"] })(value),
        messagePlace({ timestampMs: value, partition: 2 ** 31 - 1, offset: OFFSET_MAX }),
        jobPlaces({ timeMs: value, id: "" })(0),
        askedPlaces(value)(0),
      ]) {
        expect(place).toMatch(SHAPE);
        expect(place).toHaveLength(PLACE_WIDTH);
      }
    }
  });

  test("of messages and jobs without a time are below those with one", () => {
    const timeless = messagePlace({ timestampMs: null, partition: 5, offset: 9n });
    expect(timeless < messagePlace({ timestampMs: 1, partition: 0, offset: 0n })).toBe(true);
    expect(timeless < messagePlace({ timestampMs: null, partition: 5, offset: 10n })).toBe(true);
    expect(jobPlaces({ timeMs: null, id: "1" })(9) < jobPlaces({ timeMs: 1, id: "1" })(0)).toBe(true);
  });
});

describe("a place in words", () => {
  const at = Date.UTC(2026, 10, 25, 22, 10);
  test.each([
    ["batch", NO_PLACE, "no place"],
    [
      "batch",
      objectPlaces({ lastModifiedMs: at + 999, identity: ["b", "k"] })(17),
      /^17 in the object [0-9a-f]{14} of 2026-11-25T22:10:00Z$/,
    ],
    [
      "stream",
      messagePlace({ timestampMs: at, partition: 255, offset: OFFSET_MAX }),
      `offset ${OFFSET_MAX} of partition 255, a message of 2026-11-25T22:10:00Z`,
    ],
    [
      "on-demand",
      jobPlaces({ timeMs: at, id: "7" })(2),
      /^2 in the list of the job [0-9a-f]{14} of 2026-11-25T22:10:00Z$/,
    ],
    ["on-demand", askedPlaces(at)(0), "0 in the list of what was asked for at 2026-11-25T22:10:00Z"],
    ["batch", askedPlaces(at)(3), "3 in the list of what was asked for at 2026-11-25T22:10:00Z"],
  ] as const)("of the lane %s: %s", (lane, place, text) => {
    expect(describePlace(lane, place)).toEqual(typeof text === "string" ? text : expect.stringMatching(text));
  });

  test.each<Lane>(["batch", "stream", "on-demand"])("of another layout is shown as it is, in the lane %s", (lane) => {
    const place = "f".repeat(PLACE_WIDTH);
    expect(parsePlace(lane, place)).toEqual({ kind: "other" });
    expect(describePlace(lane, place)).toBe(place);
  });
});
