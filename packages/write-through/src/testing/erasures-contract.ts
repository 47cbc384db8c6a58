/** The contract of every adapter that keeps the list of erasures. Each test opens a list of its own. */
import { expect, it } from "vitest";
import { compactErasures } from "../erasure/compact-erasures.ts";
import { ErasureList } from "../erasure/erasure-list.ts";
import type { BlockEntry, ErasureBlocks, ErasureRequest, ErasureStore } from "../ports/erasures.ts";
import { PERMANENT_US } from "../protocol/erasure.ts";
import { seededRandom } from "./seeded-random.ts";

export interface ErasuresContractOptions {
  /** A list without erasures, in a store that has a cache epoch record. */
  readonly open: () => Promise<ErasureStore>;
  /** Puts records of the subject under keys, so that the index has them. */
  readonly putRecords: (erasures: ErasureStore, subject: string, keys: readonly string[]) => Promise<void>;
  readonly seed: number;
}

const NOW_MS = 1_700_000_000_000;
const US_PER_MS = 1_000;
const DAY_MS = 86_400_000;
const ERASERS = 6;

export function erasuresContract({ open, putRecords, seed }: ErasuresContractOptions): void {
  const random = seededRandom(seed);
  const subjectOf = (): string => Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join("");
  let requests = 0;
  const requestOf = (more: Partial<ErasureRequest> = {}): ErasureRequest => {
    requests += 1;
    const untilUs = NOW_MS * US_PER_MS;
    return { subject: subjectOf(), kind: "erase", untilUs, id: `r${requests}`, by: "test", atMs: NOW_MS, ...more };
  };

  it(`numbers the erasures of many erasers from 1 without gaps (seed ${seed})`, async () => {
    const erasures = await open();
    const batches = Array.from({ length: ERASERS }, (_, index) =>
      Array.from({ length: 1 + (index % 3) }, () => requestOf()),
    );
    const announced = (await Promise.all(batches.map((batch) => erasures.announce(batch)))).flat();
    const sorted = announced.toSorted((left, right) => left.number - right.number);
    expect(sorted.map(({ number }) => number)).toEqual(sorted.map((_, index) => index + 1));
    expect(await erasures.readState()).toMatchObject({ last: sorted.length, inForce: 0, blocks: null });
    expect(await erasures.readEntries(0, sorted.length)).toEqual(sorted);
    expect((await erasures.readTail(2, 4)).map(({ number }) => number)).toEqual([3, 4]);
  });

  it("announces a request once that is sent again", async () => {
    const erasures = await open();
    const first = [requestOf(), requestOf()];
    const entries = await erasures.announce(first);
    expect(await erasures.announce(first)).toEqual(entries);
    await erasures.announce([requestOf()]);
    expect(await erasures.announce(first)).toEqual(entries);
    expect((await erasures.readState()).last).toBe(3);
  });

  it("brings into force what was announced, and never goes back", async () => {
    const erasures = await open();
    await erasures.announce([requestOf(), requestOf(), requestOf()]);
    await erasures.enforce(2);
    await erasures.enforce(1);
    expect(await erasures.readState()).toMatchObject({ last: 3, inForce: 2 });
  });

  it("finds the open erasures, and those of a lift never", async () => {
    const erasures = await open();
    const [entry] = await erasures.announce([requestOf(), requestOf(), requestOf({ kind: "lift" })]);
    if (entry === undefined) throw new TypeError("nothing was announced");
    expect(new Set(await collected(erasures.openErasures()))).toEqual(new Set([1, 2]));
    const done = { ...entry.sweep, phase: "done", sweeps: 3, removed: 7 } as const;
    expect(await erasures.saveSweep(1, entry.sweep, done)).toBe(true);
    expect(await collected(erasures.openErasures())).toEqual([2]);
    expect(await erasures.readEntries(0, 1)).toEqual([{ ...entry, sweep: done }]);
  });

  it("lets one of several sweepers keep its state", async () => {
    const erasures = await open();
    const [entry] = await erasures.announce([requestOf()]);
    if (entry === undefined) throw new TypeError("nothing was announced");
    const saves = Array.from({ length: ERASERS }, (_, removed) =>
      erasures.saveSweep(1, entry.sweep, { ...entry.sweep, sweeps: 1, removed }),
    );
    expect((await Promise.all(saves)).filter(Boolean)).toHaveLength(1);
    expect((await erasures.readEntries(0, 1))[0]?.sweep.sweeps).toBe(1);
  });

  it("finds the records of a subject, and of no other", async () => {
    const erasures = await open();
    const [anna, bert] = [subjectOf(), subjectOf()];
    await putRecords(erasures, anna, ["g#1", "g#2"]);
    await putRecords(erasures, bert, ["g#3"]);
    expect((await collected(erasures.keysOf(anna))).flat().toSorted()).toEqual(["g#1", "g#2"]);
    expect((await collected(erasures.keysOf(subjectOf()))).flat()).toEqual([]);
  });

  it("changes the key of digests once at a time, and keeps the former one until it is forgotten", async () => {
    const erasures = await open();
    await erasures.announce([requestOf(), requestOf()]);
    const change = { from: "k1", to: "k2", atMs: NOW_MS };
    expect(await erasures.changeSubjectKey(change)).toBe(false);
    await erasures.claimSubjectKey("k1", null, NOW_MS);
    const changes = await Promise.all([1, 2, 3].map(() => erasures.changeSubjectKey(change)));
    expect(changes.filter(Boolean)).toHaveLength(1);
    expect(await erasures.changeSubjectKey({ from: "k2", to: "k3", atMs: NOW_MS })).toBe(false);
    await erasures.announce([requestOf()]);
    const former = { fingerprint: "k1", upTo: 2, changedAtMs: NOW_MS };
    expect(await erasures.readState()).toMatchObject({ last: 3, subjectKey: "k2", formerSubjectKey: former });
    expect(await erasures.forgetFormerSubjectKey("k0")).toBe(false);
    expect(await erasures.forgetFormerSubjectKey("k1")).toBe(true);
    expect(await erasures.readState()).toMatchObject({ subjectKey: "k2", formerSubjectKey: null });
  });

  it("states both keys of a new table", async () => {
    const erasures = await open();
    expect(await erasures.claimSubjectKey("k2", "k1", NOW_MS)).toBe("k2");
    const formerSubjectKey = { fingerprint: "k1", upTo: 0, changedAtMs: NOW_MS };
    expect(await erasures.readState()).toMatchObject({ subjectKey: "k2", formerSubjectKey });
  });

  it("keeps the first key of digests that a process states", async () => {
    const erasures = await open();
    const claimed = await Promise.all(["k1", "k2", "k3"].map((key) => erasures.claimSubjectKey(key, null, NOW_MS)));
    expect(new Set(claimed).size).toBe(1);
    expect(await erasures.claimSubjectKey("k4", null, NOW_MS)).toBe(claimed[0]);
  });

  it("replaces blocks from what they were, and only by what is in force", async () => {
    const erasures = await open();
    await erasures.announce([requestOf(), requestOf()]);
    await erasures.enforce(1);
    expect(await erasures.replaceBlocks(null, 2, [])).toBeNull();
    const entries: BlockEntry[] = [{ subject: subjectOf(), untilUs: PERMANENT_US, number: 1 }];
    const blocks = await erasures.replaceBlocks(null, 1, entries);
    expect((await erasures.readState()).blocks).toEqual(blocks);
    expect(await erasures.replaceBlocks(null, 1, [])).toBeNull();
    expect(await blocksOf(erasures, blocks)).toEqual(entries);
  });

  it("compacts what is in force: what can refuse nothing any more goes, permanent ones stay", async () => {
    const erasures = await open();
    const [old, permanent, lifted, young] = [subjectOf(), subjectOf(), subjectOf(), subjectOf()];
    const longAgoUs = (NOW_MS - 100 * DAY_MS) * US_PER_MS;
    await erasures.announce([
      requestOf({ subject: old, untilUs: longAgoUs }),
      requestOf({ subject: permanent, untilUs: PERMANENT_US }),
      requestOf({ subject: lifted, untilUs: PERMANENT_US }),
      requestOf({ subject: young }),
      requestOf({ subject: lifted, kind: "lift", untilUs: longAgoUs }),
      requestOf(),
    ]);
    await erasures.enforce(5);
    const options = { nowMs: NOW_MS, keepMs: 60 * DAY_MS };
    expect(await compactErasures(erasures, { ...options, erasuresMin: 6 })).toEqual({ kind: "too-few", erasures: 5 });
    expect(await compactErasures(erasures, options)).toMatchObject({ kind: "compacted", kept: 2, dropped: 2 });
    const { blocks } = await erasures.readState();
    expect(blocks).toMatchObject({ upTo: 5 });
    const subjects = (await blocksOf(erasures, blocks)).map(({ subject }) => subject);
    expect(subjects.toSorted()).toEqual([permanent, young].toSorted());
    await erasures.enforce(6);
    const compacted = await compactErasures(erasures, options);
    expect(compacted).toMatchObject({ kind: "compacted", kept: 3, dropped: 0 });
  });

  it("tells the list by its blocks where entries have left it, to a new process and to one that stood still", async () => {
    const erasures = await open();
    const [permanent, young] = [subjectOf(), subjectOf()];
    await erasures.announce([requestOf({ subject: permanent, untilUs: PERMANENT_US })]);
    await erasures.enforce(1);
    const sleeper = new ErasureList(erasures);
    await sleeper.follow(await erasures.readState());
    await erasures.announce([requestOf({ subject: young, untilUs: PERMANENT_US }), requestOf()]);
    await erasures.enforce(3);
    await compactErasures(erasures, { nowMs: NOW_MS, keepMs: DAY_MS });
    for (const number of [1, 2, 3]) await erasures.expireEntry(number, 1);
    for (const list of [sleeper, new ErasureList(erasures)]) {
      await list.follow(await erasures.readState());
      expect([list.last, list.inForce, list.size.subjects]).toEqual([3, 3, 3]);
      expect(new Map(list.entries()).get(young)).toMatchObject({ number: 2 });
    }
  });

  it("tells a process that starts the same as one that followed the list", async () => {
    const erasures = await open();
    const subjects = Array.from({ length: 20 }, subjectOf);
    const follower = new ErasureList(erasures);
    for (const [index, subject] of subjects.entries()) {
      await erasures.announce([requestOf({ subject, untilUs: index % 4 === 0 ? PERMANENT_US : NOW_MS * US_PER_MS })]);
      if (index % 5 === 4) await erasures.enforce(index + 1);
      if (index % 10 === 9) await compactErasures(erasures, { nowMs: NOW_MS, keepMs: DAY_MS });
      await follower.follow(await erasures.readState());
    }
    const starter = new ErasureList(erasures);
    await starter.follow(await erasures.readState());
    expect(new Map(starter.entries())).toEqual(new Map(follower.entries()));
    expect(starter.size.subjects).toBe(subjects.length);
  });
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function blocksOf(erasures: ErasureStore, blocks: ErasureBlocks | null): Promise<readonly BlockEntry[]> {
  const found: BlockEntry[] = [];
  if (blocks !== null) await erasures.readBlocks(blocks, (entries) => void found.push(...entries));
  return found;
}
