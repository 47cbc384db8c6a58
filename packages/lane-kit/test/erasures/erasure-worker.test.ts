/** Any worker goes on with an erasure, wherever its eraser ended, and several may do so at once. */
import { days } from "@trilane/feature-groups";
import { compactErasures, type ErasureStore } from "@trilane/write-through";
import { beforeEach, describe, expect, it } from "vitest";
import { erasureRound, eraseSubjects, readOpenErasures } from "../../src/index.ts";
import { type MemoryPlatform, memoryServers, openMemoryPlatform, type Servers } from "../memory-platform.ts";

const mode = { kind: "until", untilMs: null } as const;
const ROUNDS_MAX = 10;

let servers: Servers;
let platform: MemoryPlatform;
beforeEach(async () => {
  servers = memoryServers();
  platform = await openMemoryPlatform(servers);
});

function put(person: string, ...visits: readonly string[]): Promise<readonly unknown[]> {
  const at = Date.UTC(2026, 0, 1);
  const records = visits.map((visit) => ({ visit, person, at, page: "secret" }));
  return platform.writer.write("visits", records, { lane: "stream" });
}

async function readable(...visits: readonly string[]): Promise<number> {
  const results = await platform.coreReader.read(visits.map((visit) => `visits#${visit}`));
  return results.filter(({ kind }) => kind === "found").length;
}

/** Rounds of a worker, an hour apart or more, until no erasure has a sweep to come. */
async function workUntilDone(worker: MemoryPlatform): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await worker.cacheEpoch.look();
    if ((await erasureRound({ platform: worker })).open === 0) return;
    servers.clock.advance(platform.settings.erasureRestMs);
  }
  throw new Error(`the sweeps are not done after ${ROUNDS_MAX} rounds`);
}

/** The platform of a process that ends when it comes to this call of the list for the given time. */
function endingAt(step: keyof ErasureStore, time = 1): MemoryPlatform {
  let calls = 0;
  const erasures = new Proxy(servers.store, {
    get(store, name) {
      const value: unknown = Reflect.get(store, name);
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]): unknown => {
        if (name === step && (calls += 1) === time) throw new Error(`ended at ${step}`);
        return Reflect.apply(value, store, parameters);
      };
    },
  });
  return { ...platform, erasing: { ...platform.erasing, erasures } };
}

describe("an erasure whose eraser ends", () => {
  it("before the second place has it, is in force with the next round, and the second place has it then", async () => {
    await put("anna", "a");
    const kept: number[] = [];
    const keepElsewhere = (): Promise<never> => Promise.reject(new Error("ended before the second place"));
    const ending = { ...platform, erasing: { ...platform.erasing, keepElsewhere } };
    await expect(eraseSubjects(ending, { subjects: ["anna"], mode, by: "test" })).rejects.toThrow("ended");
    const worker = await openMemoryPlatform(servers, {
      keepElsewhere: async (entries) => void kept.push(...entries.map(({ number }) => number)),
    });
    await workUntilDone(worker);
    expect([kept, await servers.store.readState()]).toMatchObject([[1], { last: 1, inForce: 1 }]);
    expect(await readable("a")).toBe(0);
  });

  it("before it is in force, is in force and swept by the next worker", async () => {
    await put("anna", "a", "b");
    await put("bert", "c");
    const ended = eraseSubjects(endingAt("enforce"), { subjects: ["anna"], mode, by: "test" });
    await expect(ended).rejects.toThrow("ended at enforce");
    expect(await servers.store.readState()).toMatchObject({ last: 1, inForce: 0 });
    await workUntilDone(await openMemoryPlatform(servers));
    expect(await readable("a", "b", "c")).toBe(1);
    expect(await servers.store.readEntries(0, 1)).toMatchObject([{ sweep: { phase: "done", removed: 2 } }]);
  });

  it.each([
    ["before a sweep has asked the index", "keysOf"],
    ["after the sweep and before its state is kept", "saveSweep"],
  ] as const)("%s, is swept by the next worker, at each of its sweeps", async (_, step) => {
    for (const time of [1, 2, 3]) {
      const visit = `${step}-${time}`;
      await put(visit, visit);
      const [entry] = await eraseSubjects(platform, { subjects: [visit], mode, by: "test" });
      await expect(erasureRound({ platform: endingAt(step, time) })).rejects.toThrow(`ended at ${step}`);
      await workUntilDone(platform);
      const number = entry?.number ?? 0;
      expect(await servers.store.readEntries(number - 1, number)).toMatchObject([{ sweep: { phase: "done" } }]);
      expect(servers.store.subjectOf(`visits#${visit}`)).toBeUndefined();
    }
  });
});

describe("several at once", () => {
  it("erase side by side: each person once for each, in force when they return, all swept", async () => {
    const persons = Array.from({ length: 60 }, (_, index) => `p${index}`);
    for (const person of persons) await put(person, `of-${person}`);
    const others = await openMemoryPlatform(servers);
    const erased = await Promise.all(
      [platform, others].map((each) => eraseSubjects(each, { subjects: persons, mode, by: "test" })),
    );
    expect(
      erased
        .flat()
        .map(({ number }) => number)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    expect(await readable(...persons.map((person) => `of-${person}`))).toBe(0);
    await Promise.all([workUntilDone(platform), workUntilDone(others)]);
    const entries = await servers.store.readEntries(0, 120);
    expect(entries.every(({ sweep }) => sweep.phase === "done")).toBe(true);
    expect(persons.filter((person) => servers.store.subjectOf(`visits#of-${person}`) !== undefined)).toEqual([]);
  });
});

describe("what is shown of erasures", () => {
  it("counts an erasure as overdue an hour after a sweep was due", async () => {
    await eraseSubjects(platform, { subjects: ["anna"], mode, by: "test" });
    const shown = (): Promise<unknown> => readOpenErasures(servers.store, servers.clock.nowMs());
    expect(await shown()).toEqual({ open: 1, overdue: 0 });
    servers.clock.advance(3_600_001);
    expect(await shown()).toEqual({ open: 1, overdue: 1 });
    await workUntilDone(platform);
    expect(await shown()).toEqual({ open: 0, overdue: 0 });
    const text = await platform.metrics.registry.metrics();
    expect(text).toMatch(/trilane_erasures_open(\{[^}]*\})? 0$/mu);
    expect(text).toMatch(/trilane_erasures_overdue(\{[^}]*\})? 0$/mu);
  });

  it("lists an erasure for thirty days after the list was packed, also one that can refuse nothing any more", async () => {
    const untilMs = servers.clock.nowMs() - days(100);
    await eraseSubjects(platform, { subjects: ["anna"], mode: { kind: "until", untilMs }, by: "test" });
    await workUntilDone(platform);
    const nowMs = servers.clock.nowMs();
    const compacted = await compactErasures(servers.store, { nowMs, keepMs: days(60) });
    expect(compacted).toMatchObject({ kind: "compacted", dropped: 1 });
    servers.clock.advance(days(29));
    expect(await servers.store.readEntries(0, 1)).toMatchObject([{ number: 1, by: "test" }]);
    servers.clock.advance(days(2));
    expect(await servers.store.readEntries(0, 1)).toEqual([]);
  });
});
