/** The key of digests is changed while there are records and erasures of the former one. */
import { days, defineConfig, defineGroup, groupOf, parseRecord } from "@trilane/feature-groups";
import { sweepAllUntilResting } from "@trilane/write-through";
import { beforeEach, describe, expect, it } from "vitest";
import {
  changeSubjectKey,
  confirmedNowMs,
  type EraseMode,
  eraseSubjects,
  finishSubjectKey,
  type SubjectRecord,
  subjectRecords,
  sweepOptionsOf,
} from "../../src/index.ts";
import {
  type MemoryPlatform,
  memoryServers,
  openMemoryPlatform,
  type Servers,
  visits,
  visitsConfig,
} from "../memory-platform.ts";

const OLD = { TRILANE_SUBJECT_KEY: "the old key" };
const NEW = { TRILANE_SUBJECT_KEY: "the new key" };
const BOTH = { ...NEW, TRILANE_SUBJECT_KEY_BEFORE: OLD.TRILANE_SUBJECT_KEY };

let servers: Servers;
let before: MemoryPlatform;
beforeEach(async () => {
  servers = memoryServers();
  before = await openMemoryPlatform(servers, { environment: OLD });
});

const open = (environment: Readonly<Record<string, string>>): Promise<MemoryPlatform> =>
  openMemoryPlatform(servers, { environment });

function visit(name: string, person: string, laterMs = 0): object {
  return { visit: name, person, at: Date.UTC(2026, 0, 1) + laterMs, page: "secret" };
}

async function put({ writer }: MemoryPlatform, ...records: readonly object[]): Promise<readonly string[]> {
  const receipts = await writer.write("visits", records, { lane: "stream" });
  return receipts.map(({ status }) => status);
}

async function found({ reader }: MemoryPlatform, name: string): Promise<boolean> {
  return (await reader.get("visits", { visit: name })) !== null;
}

async function eraseAll(platform: MemoryPlatform, person: string, mode?: EraseMode): Promise<number> {
  const present: EraseMode = { kind: "until", untilMs: null };
  const entries = await eraseSubjects(platform, { subjects: [person], mode: mode ?? present, by: "test" });
  const swept = await sweepAllUntilResting(entries, platform.erasing, sweepOptionsOf(platform));
  return swept.reduce((sum, { sweep }) => sum + sweep.removed, 0);
}

function partsOf(platform: MemoryPlatform): Parameters<typeof changeSubjectKey>[0] {
  const { config, subjects } = platform;
  return { erasures: servers.store, config, subjects, nowMs: confirmedNowMs(platform) };
}

/** The key is changed by a process that takes no lease, and then a process with both keys starts. */
async function change(): Promise<MemoryPlatform> {
  const parts = partsOf(before);
  const { subjects } = await openMemoryPlatform(memoryServers(), { environment: BOTH });
  expect(await changeSubjectKey({ ...parts, subjects })).toEqual({ kind: "changed" });
  expect(await changeSubjectKey({ ...parts, subjects })).toEqual({ kind: "changed-before" });
  return open(BOTH);
}

describe("a key of digests that is changed", () => {
  it("refuses processes with one of the keys alone, and stops those that run within a lease", async () => {
    await expect(open(BOTH)).rejects.toMatchObject({ code: "SUBJECT_KEY_OTHER", message: /subject rekey/u });
    await change();
    for (const environment of [OLD, NEW]) {
      await expect(open(environment)).rejects.toMatchObject({ code: "SUBJECT_KEY_OTHER" });
    }
    await expect(before.cacheEpoch.look()).rejects.toMatchObject({ code: "SUBJECT_KEY_OTHER" });
    servers.clock.advance(before.cacheEpoch.known?.terms.waitMs ?? 0);
    expect(await before.coreReader.readOne("visits#v")).toMatchObject({ kind: "failed" });
  });

  it("keeps erased who was erased before, and stores everybody else by the new key", async () => {
    expect(await put(before, visit("a", "anna"), visit("b", "bert"))).toEqual(["applied", "applied"]);
    expect(await eraseAll(before, "anna")).toBe(1);
    const platform = await change();
    expect(await found(platform, "a")).toBe(false);
    expect(await put(platform, visit("a", "anna"), visit("c", "bert"), visit("d", "anna"))).toEqual([
      "erased",
      "applied",
      "erased",
    ]);
    expect(servers.store.subjectOf("visits#c")).toBe(platform.subjects.digestOf("bert"));
    expect(servers.store.subjectOf("visits#b")).toBe(before.subjects.digestOf("bert"));
  });

  it("hides a record of before that lands late, by its own digest", async () => {
    await eraseAll(before, "anna");
    const platform = await change();
    const parsed = parseRecord(groupOf(visitsConfig, "visits"), visit("late", "anna"), {
      lane: "stream",
      nowMs: servers.clock.nowMs(),
      subjects: before.subjects,
    });
    if (parsed.kind !== "record") throw new TypeError(`the record is ${parsed.kind}`);
    const { key, version, payload, expiresAtMs } = parsed.record;
    const subject = before.subjects.digestOf("anna");
    await servers.store.put([{ key, version, body: { payload, expiresAtMs }, subject }]);
    expect(await found(platform, "late")).toBe(false);
  });

  it("finds by name what was stored under both keys, for export and erasure", async () => {
    await put(before, visit("a", "anna"));
    const platform = await change();
    await put(platform, visit("b", "anna"), visit("c", "bert"));
    const records: SubjectRecord[] = [];
    for await (const record of subjectRecords(platform, "anna")) records.push(record);
    expect(records.map(({ key }) => key).toSorted()).toEqual(["visits#a", "visits#b"]);
    expect(await eraseAll(platform, "anna")).toBe(2);
    expect([await found(platform, "a"), await found(platform, "b"), await found(platform, "c")]).toEqual([
      false,
      false,
      true,
    ]);
    expect(await put(platform, visit("a", "anna"), visit("b", "anna"))).toEqual(["erased", "erased"]);
  });

  it("accepts later records after a permanent erasure of before was lifted, by the new key", async () => {
    await eraseAll(before, "anna", { kind: "permanent" });
    const platform = await change();
    expect(await put(platform, visit("a", "anna", days(1)))).toEqual(["erased"]);
    await eraseAll(platform, "anna", { kind: "lift" });
    servers.clock.advance(days(2));
    await platform.cacheEpoch.look();
    expect(await put(platform, visit("a", "anna", days(1)))).toEqual(["applied"]);
    expect(servers.store.subjectOf("visits#a")).toBe(platform.subjects.digestOf("anna"));
  });

  it("is finished when all of before has expired, and permanent erasures were repeated by name", async () => {
    await eraseAll(before, "anna", { kind: "permanent" });
    const platform = await change();
    const finish = async (): Promise<unknown> => {
      await platform.cacheEpoch.look();
      return finishSubjectKey(partsOf(platform));
    };
    expect(await finish()).toEqual({ kind: "too-early", fromMs: expect.any(Number) });
    servers.clock.advance(days(61));
    expect(await finish()).toEqual({ kind: "permanent-erasures", count: 1 });
    await eraseAll(platform, "anna", { kind: "permanent" });
    expect(await finish()).toEqual({ kind: "finished" });
    expect(await finish()).toEqual({ kind: "nothing-to-finish" });
    const after = await open(NEW);
    expect(await put(after, visit("a", "anna", days(60)))).toEqual(["erased"]);
    expect(await put(platform, visit("b", "bert", days(60)))).toEqual(["applied"]);
  });

  it("is refused where groups store their keys as digests, and where the table has another key", async () => {
    const config = defineConfig({ groups: { visits: defineGroup({ ...visits, keys: "digests" }) } });
    const { subjects } = await openMemoryPlatform(memoryServers(), { environment: BOTH });
    const parts = { ...partsOf(before), subjects };
    expect(await changeSubjectKey({ ...parts, config })).toEqual({ kind: "digested-keys", groups: ["visits"] });
    const erasures = memoryServers().store;
    expect(await changeSubjectKey({ ...parts, config: visitsConfig, erasures })).toEqual({
      kind: "other-key",
      tableKey: null,
    });
  });
});
