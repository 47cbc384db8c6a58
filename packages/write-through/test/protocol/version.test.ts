import fc from "fast-check";
import { expect, it } from "vitest";
import {
  decidingPart,
  EVENT_TIME_US_MAX,
  isVersion,
  type Lane,
  makeVersion,
  NO_PLACE,
  NO_VERSION,
  parseVersion,
  reduceByKey,
  SCHEMA_VERSION_MAX,
  SEQUENCE_MAX,
  VERSION_WIDTH,
  type NewVersionParts,
  type VersionParts,
} from "../../src/protocol/index.ts";

const lanes: readonly Lane[] = ["batch", "stream", "on-demand"];
const parts: fc.Arbitrary<VersionParts> = fc.record({
  eventTimeUs: fc.integer({ min: 0, max: EVENT_TIME_US_MAX }),
  sequence: fc.bigInt({ min: 0n, max: SEQUENCE_MAX }),
  lane: fc.constantFrom(...lanes),
  place: fc.stringMatching(/^[0-9a-f]{40}$/),
  schemaVersion: fc.integer({ min: 0, max: SCHEMA_VERSION_MAX }),
  contentHash: fc.stringMatching(/^[0-9a-f]{16}$/),
});

function compareParts(a: VersionParts, b: VersionParts): number {
  if (a.eventTimeUs !== b.eventTimeUs) return a.eventTimeUs - b.eventTimeUs;
  if (a.sequence !== b.sequence) return a.sequence < b.sequence ? -1 : 1;
  if (a.lane !== b.lane) return lanes.indexOf(a.lane) - lanes.indexOf(b.lane);
  if (a.place !== b.place) return a.place < b.place ? -1 : 1;
  if (a.schemaVersion !== b.schemaVersion) return a.schemaVersion - b.schemaVersion;
  if (a.contentHash === b.contentHash) return 0;
  return a.contentHash < b.contentHash ? -1 : 1;
}

it("orders as its parts do, by text and by bytes", () => {
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const expected = Math.sign(compareParts(a, b));
      const [left, right] = [makeVersion(a), makeVersion(b)];
      expect([left < right, left === right]).toEqual([expected < 0, expected === 0]);
      expect(Buffer.compare(Buffer.from(left), Buffer.from(right))).toBe(expected);
    }),
  );
});

it("comes apart into what it was made of, and is above the lowest", () => {
  fc.assert(
    fc.property(parts, (some) => {
      const version = makeVersion(some);
      expect(version).toHaveLength(VERSION_WIDTH);
      expect(isVersion(version)).toBe(true);
      expect(parseVersion(version)).toEqual(some);
      expect(version > NO_VERSION).toBe(true);
    }),
  );
});

it("refuses parts outside their widths", () => {
  const good: NewVersionParts = { eventTimeUs: 1, sequence: 0n, lane: "batch", contentHash: "0".repeat(16) };
  for (const bad of [
    { eventTimeUs: -1 },
    { eventTimeUs: 1.5 },
    { eventTimeUs: Number.MAX_SAFE_INTEGER + 2 },
    { sequence: -1n },
    { sequence: SEQUENCE_MAX + 1n },
    { place: "0".repeat(39) },
    { place: "g".repeat(40) },
    { schemaVersion: -1 },
    { schemaVersion: 1.5 },
    { schemaVersion: SCHEMA_VERSION_MAX + 1 },
    { contentHash: "ABCDEF0123456789" },
    // Together these are as long as a version, and only the parts are not where they belong.
    { schemaVersion: SCHEMA_VERSION_MAX + 1, contentHash: "0".repeat(15) },
    { place: "0".repeat(39), contentHash: "0".repeat(17) },
    { place: "0".repeat(41), contentHash: "0".repeat(15) },
  ]) {
    expect(() => makeVersion({ ...good, ...bad })).toThrow(RangeError);
  }
  expect(() => parseVersion(NO_VERSION)).toThrow(RangeError);
});

it("gives a record without a place and a schema the lowest of both", () => {
  const version = makeVersion({ eventTimeUs: 1, sequence: 0n, lane: "batch", contentHash: "0".repeat(16) });
  expect(parseVersion(version)).toMatchObject({ place: NO_PLACE, schemaVersion: 0 });
});

it("tells by which part two versions differ first", () => {
  const some: VersionParts = {
    eventTimeUs: 1,
    sequence: 1n,
    lane: "batch",
    place: "1".repeat(40),
    schemaVersion: 1,
    contentHash: "1".repeat(16),
  };
  const changes = [
    ["event-time", { eventTimeUs: 2 }],
    ["sequence", { sequence: 2n }],
    ["lane", { lane: "stream" }],
    ["place", { place: `${"1".repeat(39)}2` }],
    ["schema-version", { schemaVersion: 2 }],
    ["content-hash", { contentHash: "2".repeat(16) }],
  ] as const;
  changes.forEach(([part], index) => {
    const later = changes.slice(index).map(([, change]) => change);
    expect(decidingPart(makeVersion(some), makeVersion(Object.assign({}, some, ...later)))).toBe(part);
  });
  expect(decidingPart(makeVersion(some), makeVersion(some))).toBeNull();
});

it("takes a version of another width for none", () => {
  expect(isVersion(`${"0".repeat(35)}2${"0".repeat(16)}`)).toBe(false);
  expect(isVersion(`${NO_VERSION}0`)).toBe(false);
});

it("reduces any records to the highest version of each key", () => {
  const record = fc.record({ key: fc.constantFrom("a", "b", "c"), version: parts.map(makeVersion) });
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const { winners, winnerOf } = reduceByKey(records);
      expect(new Set(winners.map(({ key }) => key)).size).toBe(winners.length);
      records.forEach(({ key, version }, index) => {
        const winner = winners[winnerOf[index] ?? -1];
        expect(winner?.key).toBe(key);
        expect(winner !== undefined && winner.version >= version).toBe(true);
      });
      for (const winner of winners) expect(records).toContain(winner);
    }),
  );
});
