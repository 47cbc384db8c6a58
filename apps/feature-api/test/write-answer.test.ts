import type { FeatureResult } from "@trilane/feature-groups";
import { makeVersion, NO_VERSION } from "@trilane/write-through";
import { pick, seededRandom } from "@trilane/write-through/testing";
import { expect, it } from "vitest";
import { describeResult } from "../src/describe-result.ts";
import { recordText, writeResult } from "../src/write-answer.ts";

const SEED = 16;
const NOW_MS = Date.UTC(2026, 10, 26);
const TEXTS = [
  "",
  "plain",
  '"quoted" \\ back',
  "line\nbreak\u0000",
  "\ud83d\ude00",
  "\ud800 half",
  "\u2028",
  "</script>",
] as const;

it(`writes the very text of the described result, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  for (let round = 0; round < 500; round += 1) {
    const asked = { group: "routes", key: { origin: pick(random, TEXTS), number: round } };
    const result = anyResult(random);
    expect(writeResult(asked, asJson(result), NOW_MS).text).toBe(JSON.stringify(describeResult(asked, result, NOW_MS)));
  }
});

it("says of each result what decides about the status", () => {
  const asked = { group: "routes", key: {} };
  const absent: FeatureResult<string> = { kind: "absent", key: "routes#1", version: NO_VERSION, source: "store" };
  expect(writeResult(asked, absent, NOW_MS).outcome).toMatchObject({ status: "absent" });
  expect(writeResult(asked, asJson(found(() => 0.5)), NOW_MS).outcome).toEqual({ status: "found" });
});

/** As the reader gives it to the API. */
function asJson(result: FeatureResult): FeatureResult<string> {
  if (result.kind !== "found") return result;
  return { kind: "found", record: { ...result.record, features: recordText(result.record) } };
}

function anyResult(random: () => number): FeatureResult {
  if (random() < 0.9) return found(random);
  return { kind: "absent", key: "routes#1", version: NO_VERSION, source: "store" };
}

function found(random: () => number): FeatureResult {
  const eventTimeUs = Math.floor(random() * Number.MAX_SAFE_INTEGER);
  const version = makeVersion({ eventTimeUs, sequence: 0n, lane: "batch", contentHash: "0".repeat(16) });
  // A ttl of a century may lead beyond the year 9999.
  const expiresAtMs = Math.floor(random() * Date.UTC(12_000, 0));
  const features = anyFields(random, 3);
  return { kind: "found", record: { key: "routes#1", features, eventTimeUs, version, expiresAtMs, source: "cache" } };
}

function anyFields(random: () => number, depth: number): Readonly<Record<string, unknown>> {
  const count = Math.floor(random() * 5);
  return Object.fromEntries(Array.from({ length: count }, () => [pick(random, TEXTS), anyValue(random, depth - 1)]));
}

function anyValue(random: () => number, depth: number): unknown {
  const values: readonly [() => unknown, ...(() => unknown)[]] = [
    () => pick(random, TEXTS),
    () => Math.floor(random() * 1e6) / 7,
    () => -0,
    () => random() < 0.5,
    () => null,
    () => BigInt(Math.floor(random() * Number.MAX_SAFE_INTEGER)) * 4_096n,
    () => 12n,
    () => new Date(Math.floor(random() * NOW_MS)),
    () => Buffer.from(pick(random, TEXTS)),
    () => Array.from({ length: Math.floor(random() * 3) }, () => (depth > 0 ? anyValue(random, depth - 1) : null)),
    () => (depth > 0 ? anyFields(random, depth) : {}),
  ];
  return pick(random, values)();
}
