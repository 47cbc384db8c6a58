/** One work unit from its bytes to its checkpoint; the object, the store and the checkpoints are in memory. */
import { createFeatureWriter, defineConfig, type FeatureConfig, type GroupDefinition } from "@trilane/feature-groups";
import { Metrics } from "@trilane/lane-kit";
import { CoreError, type Receipt, systemClock, type WriteRecord } from "@trilane/write-through";
import { describe, expect, test } from "vitest";
import type { DeadRow } from "../../src/dead-letters.ts";
import { formatOf, openFormats } from "../../src/formats/index.ts";
import { loadLimitsDefaults } from "../../src/limits.ts";
import { beginLoad } from "../../src/load/checkpoints.ts";
import { planUnits } from "../../src/load/plan-units.ts";
import { beginUnit, isWaiting, type UnitOptions } from "../../src/load/run-unit.ts";
import type { WorkUnit } from "../../src/load/work-unit.ts";
import { WritePace } from "../../src/load/write-pace.ts";
import { RefusalCount } from "../../src/report/refusals.ts";
import type { SourceObject } from "../../src/s3/source-object.ts";
import { objectOf } from "../formats/object-of.ts";
import { sourceObject } from "../source-object.ts";
import { MemoryCheckpointStore } from "./memory-checkpoint-store.ts";

type Write = (records: readonly WriteRecord[]) => Promise<readonly Receipt[]>;

const schema: GroupDefinition["schema"] = {
  "~standard": { version: 1, vendor: "none", validate: (value) => ({ value: value as object }) },
};
const config: FeatureConfig = defineConfig({
  groups: { routes: { key: ["id"], eventTime: { from: "source" }, schema, ttlMs: 1e12 } },
});
const TEXT = '{"id":"a"}\n{"id":\n{"id":"b"}\n[1]\n';

const applied: Write = (records) => Promise.resolve(records.map(({ version }) => ({ status: "applied", version })));

/** Everything that one load of one NDJSON object needs, and its result. */
async function loadOf(write: Write, text = TEXT, beatenIds: readonly string[] = []) {
  const format = formatOf("a.ndjson");
  if (format === null) throw new TypeError("there is no format for NDJSON");
  const object: SourceObject = { ...sourceObject, key: "a.ndjson", format };
  const reader = { open: () => objectOf(Buffer.from(text)) };
  const limits = { ...loadLimitsDefaults, ndjsonRangeBytes: 16 };
  const formats = openFormats({ columnsNeeded: ["id"], columnsTaken: null, limits });
  const { units } = await planUnits({ objects: [object], reader, formats, limits });
  const store = new MemoryCheckpointStore(() => systemClock.nowMs());
  const begun = await beginLoad(store, { loadId: "load", planId: "plan", group: "routes" });
  if (begun.kind === "done") throw new TypeError("a new load is done");
  const letters: DeadRow[] = [];
  const refusals = new RefusalCount();
  const core = {
    write,
    isErased: () => false,
    timeOfDay: () => ({ kind: "confirmed", nowMs: systemClock.nowMs() }) as const,
  };
  const writer = createFeatureWriter(config, core);
  const options: UnitOptions = {
    platform: { config, writer, clock: systemClock, random: () => 0, metrics: new Metrics(), cacheEpoch: core },
    areBeaten: async (changes) => changes.map(({ input }) => beatenIds.includes((input as { readonly id: string }).id)),
    pace: new WritePace({ clock: systemClock, writesPerSecond: null }),
    group: "routes",
    reader,
    checkpoints: begun.checkpoints,
    refusals,
    deadLettersOf: () => ({ addAll: async (rows) => void letters.push(...rows), flush: async () => undefined }),
    retry: { attemptsMax: 1, baseMs: 1, maxMs: 1 },
  };
  const signal = new AbortController().signal;
  const call = { signal, onReceipts: () => undefined };
  const begin = (unit: WorkUnit) => beginUnit(unit, options, call);
  const run = async (unit: WorkUnit) => {
    const begun = await begin(unit);
    return isWaiting(begun) ? begun.finish(call) : begun;
  };
  return { units, letters, refusals, store, begin, run, ids: units.map(({ id }) => id) };
}

describe("runUnit", () => {
  test("gives every row of every unit a receipt or a dead letter, then the checkpoint", async () => {
    const { units, letters, refusals, store, run, ids } = await loadOf(applied);
    expect(ids).toEqual(["00000-00000", "00000-00001"]);
    const counts = [];
    for (const unit of units) counts.push(await run(unit));
    expect(counts.map(({ applied: good, dead }) => [good, dead])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(letters.map(({ reason, place }) => [reason, place.byteOffset])).toEqual([
      ["invalid-json", 11],
      ["not-an-object", 29],
    ]);
    expect(refusals.all().map(({ reason, rows }) => [reason, rows])).toEqual([
      ["invalid-json", 1],
      ["not-an-object", 1],
    ]);
    expect([...(await store.finishedUnits("load", ids)).keys()]).toEqual(ids);
  });

  test("does not checkpoint a unit with a failed record, and says whether another run may help", async () => {
    for (const [code, isLater] of [
      ["STORE_UNAVAILABLE", true],
      ["STORE_REJECTED", false],
    ] as const) {
      const failed: Write = (records) =>
        Promise.resolve(records.map(() => ({ status: "failed", error: new CoreError(code, "injected") })));
      const { units, store, run, ids } = await loadOf(failed);
      const [unit] = units;
      if (unit === undefined) throw new TypeError("there is no unit");
      const error: unknown = await run(unit).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "WRITE_FAILED", cause: { code, retryable: isLater } });
      expect((await store.finishedUnits("load", ids)).size).toBe(0);
    }
  });

  test("names the failure that no run mends, where the records of a unit failed in both ways", async () => {
    let calls = 0;
    const { units, run } = await loadOf((records) => {
      const errors = records.map(() => {
        calls += 1;
        return new CoreError(calls === 1 ? "STORE_THROTTLED" : "STORE_REJECTED", "injected");
      });
      return Promise.resolve(errors.map((error) => ({ status: "failed", error })));
    }, '{"id":"x"}\n{"id":"y"}\n');
    const [unit] = units;
    if (unit === undefined) throw new TypeError("there is no unit");
    await expect(run(unit)).rejects.toMatchObject({ code: "WRITE_FAILED", cause: { code: "STORE_REJECTED" } });
    expect(calls).toBe(2);
  });

  test("decides rows that are too large when the other rows of the load are written", async () => {
    const row = (id: string, text: string): string => JSON.stringify({ id, text });
    const large = "x".repeat(400_000);
    const text = [row("a", large), row("b", large), row("c", "small")].join("\n");
    const { units, letters, store, begin, ids } = await loadOf(applied, `${text}\n`, ["a"]);
    const counts = [];
    for (const unit of units) {
      const begun = await begin(unit);
      if (!isWaiting(begun)) continue;
      expect((await store.finishedUnits("load", ids)).has(unit.id)).toBe(false);
      counts.push(await begun.finish({ signal: new AbortController().signal, onReceipts: () => undefined }));
    }
    expect(counts).toMatchObject([
      { superseded: 1, dead: 0 },
      { superseded: 0, dead: 1 },
    ]);
    expect(letters.map(({ reason, place }) => [reason, place.byteOffset])).toEqual([
      ["oversized-record", row("a", large).length + 1],
    ]);
    expect((await store.finishedUnits("load", ids)).size).toBe(ids.length);
  });
});
