/**
 * Measures a reduced load of many flights into a store in memory, so that the
 * figures are those of the lane and its engine alone.
 */
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  columnsNeededBy,
  columnsTakenBy,
  formatOf,
  LoadEngine,
  loadLimitsDefaults,
  type ObjectBytes,
  openFormats,
  planUnits,
  reduceLoad,
  RefusalCount,
  type SourceObject,
  type UnitCheckpoint,
  type UnitOptions,
  uriOf,
  WritePace,
} from "@trilane/batch-loader/reading";
import {
  createFeatureWriter,
  defineConfig,
  type FeatureConfig,
  groupOf,
  integer,
  years,
} from "@trilane/feature-groups";
import { Metrics, retryDefaults } from "@trilane/lane-kit";
import { systemClock as clock } from "@trilane/write-through";
import * as z from "zod";
import { openMemoryCore } from "../generate/reduction/memory-core.ts";
import { childIdsOf, childSeconds, residentMiBMax } from "../process-figures.ts";
import { type FlightFile, writeFlightFiles } from "./flight-files.ts";

export interface GrowthFigures {
  readonly rows: number;
  readonly keys: number;
  readonly storeWrites: number;
  readonly seconds: number;
  readonly laneCpuSeconds: number;
  readonly engineCpuSeconds: number;
  /** The largest memory of the process, which has written the files and has the store as well. */
  readonly laneMiB: number;
  readonly engineMiB: number;
  readonly bytesRead: number;
  /** Why units went row by row, which this does not load. */
  readonly rowByRow: readonly string[];
}

const ENGINE = { memoryBytes: 536_870_912, threads: 1 };
const LOOK_MS = 100;
const KIB_PER_MIB = 1_024;
const US_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;

const routes = {
  key: ["origin", "destination"] as const,
  eventTime: { field: "date", unit: "timestamp" } as const,
  schema: z.object({ delay: integer(), distance: integer() }),
  ttlMs: years(100),
};

export async function grow(files: number): Promise<GrowthFigures> {
  const folder = await mkdtemp(join(tmpdir(), "trilane-growth-"));
  try {
    return await measure(await writeFlightFiles(folder, files));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(files: readonly FlightFile[]): Promise<GrowthFigures> {
  const config: FeatureConfig = defineConfig({ groups: { routes } });
  const group = groupOf(config, "routes");
  const core = await openMemoryCore(clock);
  const limits = loadLimitsDefaults;
  const opened = await Promise.all(files.map(({ path }) => open(path)));
  const objects = files.map(({ size }, index) => sourceObject(size, index));
  let bytesRead = 0;
  const reader = { open: (object: SourceObject) => bytesOf(object, opened, (bytes) => (bytesRead += bytes)) };
  const platform = { config, clock, random: Math.random, metrics: new Metrics(), cacheEpoch: core.writer };
  const checkpoints = keptInMemory();
  const unitOptions: UnitOptions = {
    platform: { ...platform, writer: createFeatureWriter(config, core.writer) },
    group: "routes",
    reader,
    checkpoints,
    refusals: new RefusalCount(),
    deadLettersOf: () => ({ addAll: () => Promise.resolve(), flush: () => Promise.resolve() }),
    retry: retryDefaults,
    pace: new WritePace({ clock, writesPerSecond: null }),
  };
  const engine = watchedEngine();
  const before = { cpu: process.cpuUsage(), children: childSeconds(), ms: performance.now() };
  const formats = openFormats({ columnsNeeded: columnsNeededBy(group), columnsTaken: columnsTakenBy(group), limits });
  const { units } = await planUnits({ objects, reader, formats, limits });
  const given = { engine: new LoadEngine(ENGINE), group, objects, units, unitOptions, checkpoints, limits };
  const load = await reduceLoad({ ...given, isFinished: () => false, onReceipts: () => undefined });
  const { user, system } = process.cpuUsage(before.cpu);
  const [failure] = load.failures;
  if (failure !== undefined) throw failure;
  await Promise.all(opened.map((file) => file.close()));
  return {
    rows: load.done.reduce((sum, { rows }) => sum + rows, 0),
    keys: (await core.records()).size,
    storeWrites: core.puts(),
    seconds: (performance.now() - before.ms) / MS_PER_SECOND,
    laneCpuSeconds: (user + system) / US_PER_SECOND,
    engineCpuSeconds: childSeconds() - before.children,
    laneMiB: Math.round(process.resourceUsage().maxRSS / KIB_PER_MIB),
    engineMiB: engine.end(),
    bytesRead,
    rowByRow: load.unreduced.map(({ reason }) => reason),
  };
}

/** Looks at the memory of this process's children; `end` gives the largest in MiB. */
function watchedEngine(): { end(): number } {
  let largest = 0;
  const timer = setInterval(() => {
    for (const child of childIdsOf("self")) largest = Math.max(largest, residentMiBMax(child));
  }, LOOK_MS);
  return {
    end() {
      clearInterval(timer);
      return largest;
    },
  };
}

function keptInMemory(): Parameters<typeof reduceLoad>[0]["checkpoints"] {
  const units = new Map<string, UnitCheckpoint>();
  return {
    finishedUnits: (ids) => Promise.resolve(new Map([...units].filter(([id]) => ids.includes(id)))),
    finishUnit({ id, counts, note }) {
      const checkpoint = { counts, note: note ?? null };
      units.set(id, checkpoint);
      return Promise.resolve(checkpoint);
    },
  };
}

function sourceObject(size: number, index: number): SourceObject {
  const key = `${index}.parquet`;
  const format = formatOf(key);
  if (format === null) throw new TypeError("there is no format for Parquet");
  return { bucket: "growth", key, etag: `"${index}"`, size, lastModifiedMs: 0, format };
}

function bytesOf(object: SourceObject, files: readonly FileHandle[], onRead: (bytes: number) => void): ObjectBytes {
  const file = files[Number.parseInt(object.key, 10)];
  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = new Uint8Array(end - start);
    await file?.read(bytes, 0, bytes.length, start);
    onRead(bytes.length);
    return bytes;
  };
  return {
    uri: uriOf(object),
    size: object.size,
    compression: null,
    bytes: ({ start, end }) => read(start, end),
    async *stream({ start, end }) {
      yield await read(start, end);
    },
  };
}
