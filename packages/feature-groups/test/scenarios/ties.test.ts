/**
 * Records of any lanes that tie are delivered in any order and again. The end
 * is always the same, and is the one that a rule over the sources computes.
 *
 * The rule here compares the sources' own numbers one by one, and knows nothing
 * of versions, places or their text.
 */
import type { Lane } from "@trilane/write-through";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  askedPlaces,
  createFeatureWriter,
  decodePayload,
  type FeatureChange,
  jobPlaces,
  messagePlace,
  objectPlaces,
} from "../../src/index.ts";
import { config, flight, MemoryCore } from "../fixtures.ts";

const SEED = 15;
const RANKS: Readonly<Record<Lane, number>> = { batch: 0, stream: 1, "on-demand": 2 };

/** A record with its place in its source. Objects and jobs have times of their own, so that no digest decides. */
interface Sent {
  readonly destination: string;
  readonly minute: number;
  readonly delay: number | "delete";
  readonly lane: Lane;
  /** Numbers of the lane's source, of which the first that differs decides. */
  readonly order: readonly [number, number, number];
  readonly place: FeatureChange["place"];
}

const small = fc.integer({ min: 0, max: 3 });
const place: fc.Arbitrary<Pick<Sent, "lane" | "order" | "place">> = fc.oneof(
  fc.tuple(small, small).map(([second, row]) => ({
    lane: "batch" as const,
    order: [second, row, 0] as const,
    place: objectPlaces({ lastModifiedMs: second * 1_000, identity: ["bucket", "key"] })(row * 1_000),
  })),
  fc.tuple(small, small, small).map(([timestampMs, partition, offset]) => ({
    lane: "stream" as const,
    order: [timestampMs, partition, offset] as const,
    place: messagePlace({ timestampMs, partition, offset: BigInt(offset) }),
  })),
  fc.tuple(small, small).map(([timeMs, index]) => ({
    lane: "on-demand" as const,
    order: [timeMs * 2, index, 0] as const,
    place: jobPlaces({ timeMs: timeMs * 2, id: "7" })(index),
  })),
  small.map((askedMs) => ({
    lane: "on-demand" as const,
    order: [askedMs * 2 + 1, 0, 0] as const,
    place: askedPlaces(askedMs * 2 + 1)(0),
  })),
);
const sent: fc.Arbitrary<Sent> = fc
  .record({
    destination: fc.constantFrom("SFO", "LAX"),
    minute: fc.constantFrom(0, 1),
    delay: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant("delete" as const)),
    place,
  })
  .map(({ place: where, ...record }) => ({ ...record, ...where }));

/** One record at each place of its source. */
const sources = fc.uniqueArray(sent, {
  maxLength: 12,
  selector: ({ destination, minute, lane, order }) => JSON.stringify([destination, minute, lane, order]),
});

function isLater(a: Sent, b: Sent): boolean {
  const of = ({ minute, lane, order }: Sent): readonly number[] => [minute, RANKS[lane], ...order];
  const [left, right] = [of(a), of(b)];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at !== -1 && (left[at] ?? 0) > (right[at] ?? 0);
}

function foretold(all: readonly Sent[]): Readonly<Record<string, number | "delete">> {
  const latest = new Map<string, Sent>();
  for (const one of all) {
    const known = latest.get(one.destination);
    if (known === undefined || isLater(one, known)) latest.set(one.destination, one);
  }
  return Object.fromEntries([...latest].map(([destination, { delay }]) => [destination, delay]));
}

async function deliver(all: readonly Sent[]): Promise<Readonly<Record<string, number | "delete">>> {
  const core = new MemoryCore();
  const writer = createFeatureWriter(config, core);
  for (const { destination, minute, delay, lane, place: where } of all) {
    const date = `2001-01-31T08:0${minute}:00Z`;
    const kind = delay === "delete" ? "delete" : "put";
    const input = { ...flight, destination, date, delay };
    await writer.writeMany([{ kind, group: "routes", input, place: where }], { lane });
  }
  return Object.fromEntries(
    [...core.records].map(([key, { payload }]) => [
      key.slice("routes#SEA#".length),
      payload === null ? "delete" : Number(decodePayload(payload).features["delay"]),
    ]),
  );
}

test(`what stays is the later in its source, in any order and any number of times (seed ${SEED})`, async () => {
  const delivered = sources.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray([...all], { minLength: all.length }), fc.subarray([...all])),
  );
  await fc.assert(
    fc.asyncProperty(delivered, async ([all, order, again]) => {
      expect(await deliver([...again, ...order, ...again])).toEqual(foretold(all));
    }),
    { seed: SEED, numRuns: 500 },
  );
});
