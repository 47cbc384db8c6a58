import { CoreError, itemAt, type Receipt, type Version, type WriteRecord } from "@trilane/write-through";
import { expect, test, vi } from "vitest";
import { createFeatureWriter, type FeatureChange, messagePlace, parseChange, type Place } from "../src/index.ts";
import { config, context, MemoryCore, NOW_MS, recordOf } from "./fixtures.ts";

const SEED = 16;

/** Whole numbers below `below`, from a seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type PlacedChange = FeatureChange & { readonly place: Place };

/** Few keys, times and places, so that many records tie in each of them. */
function changeOf(random: (below: number) => number): PlacedChange {
  const place = messagePlace({ timestampMs: NOW_MS, partition: 0, offset: BigInt(random(3)) });
  const date = `2001-01-0${1 + random(2)}`;
  const input = { origin: "SEA", destination: `D${random(3)}`, date, delay: random(2), distance: 1 };
  return { kind: random(5) === 0 ? "delete" : "put", group: "routes", input, place };
}

test(`records get the receipts that their versions give them, seed ${SEED}`, async () => {
  const random = randomOf(SEED);
  for (let round = 0; round < 300; round += 1) {
    const core = new MemoryCore();
    const changes = Array.from({ length: 1 + random(12) }, () => changeOf(random));
    const receipts = await createFeatureWriter(config, core).writeMany(changes, { lane: "stream" });
    const records = changes.map((change) => recordOf(parseChange(config, change, context())));
    for (const [index, receipt] of receipts.entries()) {
      const { key, version } = itemAt(records, index);
      const ofKey = records.filter((record) => record.key === key).map((record) => record.version);
      const highest = ofKey.toSorted().at(-1);
      expect(core.records.get(key)?.version).toBe(highest);
      if (version !== highest) expect(receipt).toMatchObject({ status: "superseded", version, by: highest });
      else
        expect(receipt).toEqual({
          status: records.findIndex(isSame(key, version)) === index ? "applied" : "duplicate",
          version,
        });
    }
  }
});

function isSame(key: string, version: Version): (record: WriteRecord) => boolean {
  return (record) => record.key === key && record.version === version;
}

const flightAt = (day: number, delay: unknown): FeatureChange => {
  const input = { origin: "SEA", destination: "SFO", date: `2001-01-0${day}`, delay, distance: 1 };
  return { kind: "put", group: "routes", input };
};

function setUp(answer: (record: WriteRecord, call: number) => Receipt) {
  const core = new MemoryCore();
  const sent: string[][] = [];
  core.write = (records) => {
    sent.push(records.map(({ version }) => version.slice(0, 16)));
    return Promise.resolve(records.map((record) => answer(record, sent.length)));
  };
  return { writer: createFeatureWriter(config, core), sent };
}

const applied = ({ version }: WriteRecord): Receipt => ({ status: "applied", version });

test("the core gets the highest record of a key alone, and the others are superseded by it", async () => {
  const { writer, sent } = setUp(applied);
  const receipts = await writer.writeMany([flightAt(1, 1), flightAt(3, 3), flightAt(2, 2)], { lane: "batch" });
  expect(sent).toHaveLength(1);
  expect(sent[0]).toHaveLength(1);
  const [, winner] = receipts;
  expect(winner?.status).toBe("applied");
  for (const loser of [receipts[0], receipts[2]]) {
    expect(loser).toMatchObject({
      status: "superseded",
      by: winner !== undefined && "version" in winner && winner.version,
    });
  }
});

test("a refused record does not stand for others of its key", async () => {
  const { writer } = setUp(applied);
  const receipts = await writer.writeMany([flightAt(1, 1), flightAt(2, "late")], { lane: "batch" });
  expect(receipts.map(({ status }) => status)).toEqual(["applied", "dead"]);
});

test("records that lost to one that fails fail with it", async () => {
  const error = new CoreError("STORE_UNAVAILABLE", "injected");
  const { writer, sent } = setUp(() => ({ status: "failed", error }));
  const receipts = await writer.writeMany([flightAt(1, 1), flightAt(2, 2)], { lane: "batch" });
  expect(receipts.map(({ status }) => status)).toEqual(["failed", "failed"]);
  expect(sent).toHaveLength(1);
});

test("records that lost to one that expired meanwhile are sent by themselves", async () => {
  const { writer, sent } = setUp((record, call) =>
    call === 1 ? { status: "expired", version: record.version } : applied(record),
  );
  const receipts = await writer.writeMany([flightAt(1, 1), flightAt(2, 2)], { lane: "batch" });
  expect(receipts.map(({ status }) => status)).toEqual(["applied", "expired"]);
  expect(sent).toHaveLength(2);
});

test("a record that may be too large is measured before it wins", async () => {
  const { writer } = setUp(applied);
  const airport = (name: string, sourceTimeUs: number): FeatureChange => {
    return { kind: "put", group: "airports", input: { iata: "SEA", name }, sourceTimeUs };
  };
  const receipts = await writer.writeMany([airport("small", 1), airport("x".repeat(400_000), 2)], { lane: "batch" });
  expect(receipts.map(({ status }) => status)).toEqual(["applied", "dead"]);
  expect(receipts[1]).toMatchObject({ reason: "oversized-record" });
});

test("changes that are checked before the call get the receipts that the call gives them", async () => {
  const random = randomOf(SEED);
  for (let round = 0; round < 100; round += 1) {
    const changes = Array.from({ length: 1 + random(12) }, () => changeOf(random));
    const cores = [new MemoryCore(), new MemoryCore()] as const;
    const [writer, other] = [createFeatureWriter(config, cores[0]), createFeatureWriter(config, cores[1])];
    const checked = writer.checkBefore({ lane: "stream" });
    const cut = random(changes.length);
    for (const part of [changes.slice(0, cut), changes.slice(cut)]) await checked.add(part);
    const receipts = await writer.writeMany(changes, { lane: "stream", checked });
    const expected = await other.writeMany(changes, { lane: "stream" });
    expect(JSON.parse(JSON.stringify(receipts))).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(cores[0].records).toEqual(cores[1].records);
  }
});

test("a call refuses checks of other changes", async () => {
  const { writer, sent } = setUp(applied);
  const checked = writer.checkBefore({ lane: "stream" });
  await checked.add([flightAt(1, 1)]);
  const changes = [flightAt(1, 1), flightAt(2, 2)];
  await expect(writer.writeMany(changes, { lane: "stream", checked })).rejects.toThrow("other changes were checked");
  expect(sent).toEqual([]);
});

test("a record that is too large and loses is superseded, and one that wins is dead while the next one wins", async () => {
  const { writer, sent } = setUp(applied);
  const airport = (name: string, sourceTimeUs: number): FeatureChange => {
    return { kind: "put", group: "airports", input: { iata: "SEA", name }, sourceTimeUs };
  };
  const large = "x".repeat(400_000);
  const changes = [airport(large, 1), airport("older", 2), airport("newer", 3), airport(large, 4), airport(large, 5)];
  const receipts = await writer.writeMany(changes, { lane: "batch" });
  expect(receipts.map(({ status }) => status)).toEqual(["superseded", "superseded", "applied", "dead", "dead"]);
  const [lost, , written] = receipts;
  expect(lost).toMatchObject({ version: expect.any(String), by: written?.status === "applied" && written.version });
  expect(sent).toHaveLength(1);
});

/** Changes of a key each, which go to the core in nine calls. */
const MANY = Array.from({ length: 41_000 }, (_, index): FeatureChange => {
  const input = { origin: "SEA", destination: `D${index}`, date: "2001-01-01", delay: 1, distance: index };
  return { kind: "put", group: "routes", input };
});

/** A core whose calls are answered by the test. */
function setUpCalls() {
  const core = new MemoryCore();
  const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
  const calls: { readonly records: readonly WriteRecord[]; readonly fail: (error: Error) => void }[] = [];
  core.write = async (records) => {
    const { promise: failure, reject: fail } = Promise.withResolvers<never>();
    calls.push({ records, fail });
    await Promise.race([isOver, failure]);
    return records.map(applied);
  };
  return { writer: createFeatureWriter(config, core), calls, end };
}

/** As many turns as the records of a call need, and more. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 1_000; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("of very many records only those of four calls are encoded at a time", async () => {
  const { writer, calls, end } = setUpCalls();
  const written = writer.writeMany(MANY, { lane: "batch" });
  await vi.waitUntil(() => calls.length === 4, { timeout: 20_000 });
  await turns();
  expect(calls.map(({ records }) => records.length)).toEqual([5_000, 5_000, 5_000, 5_000]);
  end();
  const receipts = await written;
  expect(calls).toHaveLength(9);
  const versions = new Map(calls.flatMap(({ records }) => records).map(({ key, version }) => [key, version]));
  const expected = MANY.map((_, index) => ({ status: "applied", version: versions.get(`routes#SEA#D${index}`) }));
  expect(receipts).toEqual(expected);
});

test("after a call that fails as a whole no other one begins", async () => {
  const { writer, calls } = setUpCalls();
  const written = writer.writeMany(MANY, { lane: "batch" });
  await vi.waitUntil(() => calls.length === 4, { timeout: 20_000 });
  calls[2]?.fail(new Error("injected"));
  await expect(written).rejects.toThrow("injected");
  await turns();
  expect(calls).toHaveLength(4);
});

test("records that are made already go in several calls, those of a key in one", async () => {
  const core = new MemoryCore();
  const calls: (readonly WriteRecord[])[] = [];
  const answer = core.write.bind(core);
  core.write = (records, options) => {
    calls.push(records);
    return answer(records, options);
  };
  const changes = Array.from({ length: 16_000 }, (_, index): FeatureChange => {
    const input = { passenger: `P${index % 11_000}`, at: NOW_MS, sequence: index, miles: index };
    const place = messagePlace({ timestampMs: NOW_MS, partition: 0, offset: BigInt(index) });
    return { kind: "put", group: "passengers", input, place };
  });
  const receipts = await createFeatureWriter(config, core).writeMany(changes, { lane: "batch" });
  const keysOf = calls.map((records) => new Set(records.map(({ key }) => key)).size);
  expect(keysOf.toSorted((one, other) => one - other)).toEqual([1_000, 5_000, 5_000]);
  expect(new Set(calls.flat().map(({ key }) => key)).size).toBe(11_000);
  for (const [index, receipt] of receipts.entries()) {
    const { version } = recordOf(parseChange(config, itemAt(changes, index), context("batch")));
    expect(receipt).toEqual({ status: "applied", version });
  }
});
