/** Erasures over the memory adapters: what writers refuse, what readers hide, and what sweeps remove. */
import { MemoryCache, MemoryStore, VirtualClock, versionOf } from "@trilane/write-through/testing";
import { beforeEach, expect, it } from "vitest";
import {
  CacheEpochKeeper,
  cacheEpochOptionsDefaults,
  type Cache,
  type CopyReading,
  type CorePorts,
  createNextId,
  erase,
  type ErasureEntry,
  eventTimeUsOf,
  PERMANENT_US,
  Reader,
  type StoredBody,
  type SweepProgress,
  sweepSubject,
  sweepUntilResting,
  type WriteRecord,
  Writer,
} from "../../src/index.ts";

const ANNA = "a".repeat(32);
const BERT = "b".repeat(32);
const options = { lane: "stream" } as const;

/** The first byte of a payload names the subject. */
const copies: CopyReading = {
  subjectOf: ({ payload }: StoredBody) => (payload === null ? null : payload[0] === 1 ? ANNA : BERT),
  expiresAtMs: (_key, { body }) => body?.expiresAtMs ?? 0,
};

function recordOf(key: string, n: number, subject: string): WriteRecord {
  const payload = Uint8Array.of(subject === ANNA ? 1 : 2, n);
  return { key, version: versionOf(n), payload, expiresAtMs: clock.nowMs() + 1e9, subject, populate: "always" };
}

interface Process {
  readonly keeper: CacheEpochKeeper;
  readonly reader: Reader;
  readonly writer: Writer;
  readonly ports: CorePorts;
}

let clock: VirtualClock;
let store: MemoryStore;
let cache: MemoryCache;

beforeEach(() => {
  clock = new VirtualClock();
  store = new MemoryStore(clock);
  cache = new MemoryCache(clock);
});

async function openProcess(): Promise<Process> {
  const keeper = await CacheEpochKeeper.open(
    { cacheEpochs: store, cache, clock, emit: () => undefined, erasures: store },
    cacheEpochOptionsDefaults,
  );
  const ports: CorePorts = {
    store,
    cache,
    copies,
    clock,
    random: () => 0.5,
    nextId: createNextId(),
    emit: () => undefined,
    cacheEpoch: keeper,
  };
  return { keeper, ports, reader: new Reader(ports), writer: new Writer(ports) };
}

function requestOf(subject: string, untilUs: number) {
  return { subject, kind: "erase", untilUs, id: "r1", by: "test", atMs: clock.nowMs() } as const;
}

const untilOf = (n: number): number => eventTimeUsOf(versionOf(n));

/** Sleeping moves the clock. */
const sleeping = { sleep: (ms: number) => Promise.resolve(clock.advance(ms)) };

async function eraseAnna(n: number, { keeper }: Pick<Process, "keeper">): Promise<ErasureEntry> {
  const [entry] = await erase([requestOf(ANNA, untilOf(n))], { erasures: store, cacheEpoch: keeper, clock: sleeping });
  if (entry === undefined) throw new TypeError("nothing was announced");
  await keeper.look();
  return entry;
}

it("refuses what is announced, and hides it once it is in force", async () => {
  const { writer, reader, keeper } = await openProcess();
  await writer.write([recordOf("k", 1, ANNA)], options);
  await store.announce([requestOf(ANNA, untilOf(2))]);
  await keeper.look();
  expect(await writer.write([recordOf("k", 2, ANNA)], options)).toMatchObject([{ status: "erased" }]);
  expect(await reader.readOne("k")).toMatchObject({ kind: "found", version: versionOf(1) });
  await store.enforce(1);
  expect(await reader.readOne("k")).toMatchObject({ kind: "absent" });
  await keeper.close();
});

it("takes later records of the person, unless the erasure is permanent, and until that is lifted", async () => {
  const { writer, reader, keeper } = await openProcess();
  await eraseAnna(2, { keeper });
  expect(await writer.write([recordOf("k", 3, ANNA)], options)).toMatchObject([{ status: "applied" }]);
  const ports = { erasures: store, cacheEpoch: keeper, clock: sleeping };
  await erase([requestOf(ANNA, PERMANENT_US)], ports);
  await keeper.look();
  expect(await reader.readOne("k")).toMatchObject({ kind: "absent" });
  expect(await writer.write([recordOf("k", 4, ANNA)], options)).toMatchObject([{ status: "erased" }]);
  await erase([{ ...requestOf(ANNA, untilOf(4)), kind: "lift" }], ports);
  await keeper.look();
  expect(await writer.write([recordOf("k", 5, ANNA)], options)).toMatchObject([{ status: "applied" }]);
  expect(await writer.write([recordOf("l", 4, ANNA)], options)).toMatchObject([{ status: "erased" }]);
  await keeper.close();
});

it("changes nothing by a lift where nobody was erased, or only up to an earlier time", async () => {
  const { writer, reader, keeper } = await openProcess();
  const ports = { erasures: store, cacheEpoch: keeper, clock: sleeping };
  await writer.write([recordOf("k", 3, ANNA), recordOf("l", 3, BERT)], options);
  await eraseAnna(1, { keeper });
  for (const subject of [ANNA, BERT]) {
    await erase([{ ...requestOf(subject, untilOf(4)), kind: "lift", id: `lift ${subject}` }], ports);
  }
  await keeper.look();
  expect(await reader.readOne("k")).toMatchObject({ kind: "found", version: versionOf(3) });
  expect(await reader.readOne("l")).toMatchObject({ kind: "found", version: versionOf(3) });
  expect(await writer.write([recordOf("m", 4, ANNA)], options)).toMatchObject([{ status: "applied" }]);
  expect(await writer.write([recordOf("n", 1, ANNA)], options)).toMatchObject([{ status: "erased" }]);
  await keeper.close();
});

it("takes no other person's record of the key with it, in a call or while records gather", async () => {
  const { writer, reader, keeper } = await openProcess();
  await eraseAnna(9, { keeper });
  const inOneCall = await writer.write([recordOf("k", 1, BERT), recordOf("k", 2, ANNA)], options);
  expect(inOneCall.map(({ status }) => status)).toEqual(["applied", "erased"]);
  expect(await reader.readOne("k")).toMatchObject({ version: versionOf(1) });
  await keeper.close();
});

it("sends by themselves the records that lost to one that is erased only at its put", async () => {
  const { writer, reader, keeper } = await openProcess();
  const written = writer.write([recordOf("k", 1, BERT), recordOf("k", 2, ANNA)], options);
  // The call has reduced its records by now, and its batch has not begun.
  await store.announce([requestOf(ANNA, untilOf(9))]);
  await store.enforce(1);
  await keeper.look();
  expect((await written).map(({ status }) => status)).toEqual(["applied", "erased"]);
  expect(await reader.readOne("k")).toMatchObject({ version: versionOf(1) });
  await keeper.close();
});

it("reads again what it read before it learned of the erasure, because it may have been replaced meanwhile", async () => {
  const { ports, writer, keeper } = await openProcess();
  await writer.write([recordOf("k", 1, ANNA)], options);
  let isFirst = true;
  const get: Cache["get"] = async (epoch, keys) => {
    const replies = await cache.get(epoch, keys);
    if (!isFirst) return replies;
    isFirst = false;
    await writer.write([recordOf("k", 2, BERT)], options);
    await store.announce([requestOf(ANNA, untilOf(9))]);
    await store.enforce(1);
    await keeper.look();
    return replies;
  };
  const slow = Object.assign(Object.create(cache) as Cache, { get });
  const bound = new Proxy(cache, {
    get: (target, name) => (name === "get" ? slow.get : Reflect.get(target, name)?.bind?.(target)),
  });
  const reader = new Reader({ ...ports, cache: bound });
  expect(await reader.readOne("k")).toMatchObject({ kind: "found", version: versionOf(2) });
  await keeper.close();
});

it("sweeps until two sweeps a lease apart find nothing, and once more after the rest", async () => {
  const { ports, writer, reader, keeper } = await openProcess();
  await writer.write([recordOf("a", 1, ANNA), recordOf("b", 2, BERT), recordOf("c", 3, ANNA)], options);
  const entry = await eraseAnna(2, { keeper });
  const sweepOptions = { leaseMs: 3_000, restMs: 60_000, replayHorizonMs: 1_000 };
  const found: number[] = [];
  const clockOfSweeps = {
    ...sleeping,
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    schedule: clock.schedule.bind(clock),
  };
  const sweepPorts = { ...ports, clock: clockOfSweeps, erasures: store, writer };
  const onSweep = ({ swept }: SweepProgress): void => void found.push(swept.found);
  const resting = await sweepUntilResting(entry, sweepPorts, { ...sweepOptions, onSweep });
  expect(resting.sweep).toMatchObject({ phase: "resting", sweeps: 3, removed: 1 });
  clock.advance(60_000);
  await keeper.look();
  const done = await sweepUntilResting(resting, sweepPorts, { ...sweepOptions, onSweep });
  expect([done.sweep.phase, found]).toEqual(["done", [1, 0, 0, 0]]);
  expect((await store.read(["a"]))[0]).toMatchObject({ copy: { body: { payload: null } } });
  expect(await reader.readOne("b")).toMatchObject({ kind: "found" });
  expect(await reader.readOne("c")).toMatchObject({ kind: "found" });
  await keeper.close();
});

it("waits a whole lease between its two empty sweeps, though the time of day is set forward meanwhile", async () => {
  const { ports, writer, keeper } = await openProcess();
  const entry = await eraseAnna(2, { keeper });
  const slept: number[] = [];
  let aheadMs = 0;
  const steppedClock = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    schedule: clock.schedule.bind(clock),
    sleep: (ms: number) => {
      slept.push(ms);
      return sleeping.sleep(ms);
    },
  };
  const steppedWriter = Object.assign(Object.create(writer) as Writer, {
    timeOfDay: () => ({ kind: "confirmed", nowMs: clock.nowMs() + aheadMs }) as const,
  });
  const sweepPorts = { ...ports, clock: steppedClock, erasures: store, writer: steppedWriter };
  const onSweep = ({ entry: { sweep } }: SweepProgress): void => {
    if (sweep.phase === "confirming") aheadMs = 2_900;
  };
  await sweepUntilResting(entry, sweepPorts, { leaseMs: 3_000, restMs: 60_000, replayHorizonMs: 1_000, onSweep });
  expect(slept).toEqual([3_000]);
  await keeper.close();
});

it("spares what came after a lift that ended the erasure while its sweeps went on", async () => {
  const { ports, writer, reader, keeper } = await openProcess();
  await writer.write([recordOf("a", 1, ANNA)], options);
  const entry = await eraseAnna(9, { keeper });
  await store.announce([{ ...requestOf(ANNA, untilOf(1)), kind: "lift", id: "lift" }]);
  await store.enforce(2);
  await keeper.look();
  expect((await writer.write([recordOf("b", 2, ANNA)], options)).map(({ status }) => status)).toEqual(["applied"]);
  const sweepPorts = { ...ports, erasures: store, writer };
  const sweepOptions = { leaseMs: 3_000, restMs: 60_000, replayHorizonMs: 1_000 };
  expect(await sweepSubject(entry, sweepPorts, sweepOptions)).toMatchObject({ found: 1 });
  expect(await reader.readOne("b")).toMatchObject({ kind: "found", version: versionOf(2) });
  expect(await reader.readOne("a")).toMatchObject({ kind: "absent" });
  await keeper.close();
});

it("a process whose table lost a part of the list answers nothing more", async () => {
  const { keeper } = await openProcess();
  await eraseAnna(9, { keeper });
  store.forgetErasures();
  await expect(keeper.look()).rejects.toThrow(/list of erasures ends with 0, and this process knows 1.*erase restore/s);
  await keeper.close();
});
