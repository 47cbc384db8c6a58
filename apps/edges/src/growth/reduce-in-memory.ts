/** Loads local files as a load does, into a store and a cache in memory; units that go row by row are left out. */
import { type FileHandle, open } from "node:fs/promises";
import { extname } from "node:path";
import {
  beatenInStore,
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
  beginUnit,
  runUnits,
  type SourceObject,
  type UnitCheckpoint,
  type UnitOptions,
  uriOf,
  WritePace,
} from "@trilane/batch-loader/reading";
import {
  createFeatureWriter,
  type FeatureConfig,
  groupOf,
  plainSubjectDigests,
  RankScan,
} from "@trilane/feature-groups";
import { Metrics, retryDefaults } from "@trilane/lane-kit";
import { systemClock as clock } from "@trilane/write-through";
import { type MemoryCore, openMemoryCore } from "../generate/reduction/memory-core.ts";

export interface LocalFile {
  readonly path: string;
  readonly size: number;
}

export interface ReduceInMemory {
  readonly config: FeatureConfig;
  readonly group: string;
  readonly files: readonly LocalFile[];
  /** Null: all units go row by row. */
  readonly engine: ConstructorParameters<typeof LoadEngine>[0] | null;
  /** Fewer rows go row by row. Default: that of a load. */
  readonly engineRowsMin?: number;
  /** Whether units that go row by row are loaded as well. Default: they are left out. */
  readonly loadsRows?: boolean;
}

export interface ReducedInMemory {
  readonly load: Awaited<ReturnType<typeof reduceLoad>>;
  readonly rows: Awaited<ReturnType<typeof runUnits>>;
  /** The errors of objects that cannot be cut into units. */
  readonly planFailures: readonly Error[];
  readonly core: MemoryCore;
  readonly bytesRead: number;
}

const CHUNK_BYTES = 65_536;
/** A time that records may have. */
const LAST_MODIFIED_MS = Date.UTC(2025, 0, 1);

export async function reduceInMemory(options: ReduceInMemory): Promise<ReducedInMemory> {
  const core = await openMemoryCore(clock);
  return { ...(await loadFiles(options, core)), core };
}

export async function loadFiles(
  options: ReduceInMemory,
  core: Pick<MemoryCore, "writer" | "reader">,
): Promise<Omit<ReducedInMemory, "core">> {
  const { config, files, engine, engineRowsMin = loadLimitsDefaults.engineRowsMin, loadsRows = false } = options;
  const group = groupOf(config, options.group);
  const limits = { ...loadLimitsDefaults, engineRowsMin };
  const opened = await Promise.all(files.map(({ path }) => open(path)));
  const objects = files.map((file, index) => sourceObject(file, index));
  let bytesRead = 0;
  const reader = { open: (object: SourceObject) => bytesOf(object, opened, (bytes) => (bytesRead += bytes)) };
  const platform = { config, clock, random: Math.random, metrics: new Metrics(), cacheEpoch: core.writer };
  const checkpoints = keptInMemory();
  const unitOptions: UnitOptions = {
    platform: { ...platform, writer: createFeatureWriter(config, core.writer) },
    areBeaten: beatenInStore({ config, clock, subjects: plainSubjectDigests, coreReader: core.reader }),
    group: options.group,
    reader,
    checkpoints,
    refusals: new RefusalCount(),
    deadLettersOf: () => ({ addAll: () => Promise.resolve(), flush: () => Promise.resolve() }),
    retry: retryDefaults,
    pace: new WritePace({ clock, writesPerSecond: null }),
  };
  try {
    const columns = { columnsNeeded: columnsNeededBy(group), columnsTaken: columnsTakenBy(group) };
    const formats = openFormats({ ...columns, ranks: RankScan.of(group), limits });
    const { units, failures: planFailures } = await planUnits({ objects, reader, formats, limits });
    const given = {
      engine: engine === null ? null : new LoadEngine(engine),
      group,
      objects,
      units,
      unitOptions,
      checkpoints,
      limits,
    };
    const load = await reduceLoad({ ...given, isFinished: () => false, onReceipts: () => undefined });
    const rows = await runUnits(loadsRows ? load.rowUnits : [], {
      run: (unit, call) => beginUnit(unit, unitOptions, call),
      clock,
      limits,
      onReceipts: () => undefined,
      onUnitDone: () => undefined,
    });
    return { load, rows, planFailures, bytesRead };
  } finally {
    await Promise.all(opened.map((file) => file.close()));
  }
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

function sourceObject({ path, size }: LocalFile, index: number): SourceObject {
  const key = `${index}${extname(path)}`;
  const format = formatOf(key);
  if (format === null) throw new TypeError(`there is no format for ${path}`);
  return { bucket: "local", key, etag: `"${index}"`, size, lastModifiedMs: LAST_MODIFIED_MS, format };
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
      for (let at = start; at < end; at += CHUNK_BYTES) yield await read(at, Math.min(at + CHUNK_BYTES, end));
    },
  };
}
