/**
 * The process of a growth run that is measured: it loads the files of a folder
 * into a store in memory, prints its figures, and ends. Node starts it with
 * `--expose-gc`, so that it can say how much of its memory the store has.
 */
import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { defineConfig, integer, years } from "@trilane/feature-groups";
import * as z from "zod";
import { childIdsOf, childSeconds, residentMiBMax } from "../process-figures.ts";
import type { GrowthFigures } from "./grow.ts";
import { reduceInMemory } from "./reduce-in-memory.ts";

const LOOK_MS = 100;
const COLLECTIONS = 3;
const KIB_PER_MIB = 1_024;
const BYTES_PER_MIB = 1_048_576;
const US_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;

const routes = {
  key: ["origin", "destination"] as const,
  eventTime: { field: "date", unit: "timestamp" } as const,
  schema: z.object({ delay: integer(), distance: integer() }),
  ttlMs: years(100),
};

const [filesFolder = "", engineFolder = ""] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await measure()));

async function measure(): Promise<GrowthFigures> {
  const paths = (await readdir(filesFolder)).toSorted().map((name) => join(filesFolder, name));
  const files = paths.map((path) => ({ path, size: statSync(path).size }));
  const watched = watchedEngine();
  const before = { cpu: process.cpuUsage(), children: childSeconds(), ms: performance.now() };
  const config = defineConfig({ groups: { routes } });
  const engine = { memoryBytes: 536_870_912, threads: 1, folder: engineFolder };
  const loadsRows = paths.every((path) => !path.endsWith(".parquet"));
  const { load, rows, core, bytesRead } = await reduceInMemory({ config, group: "routes", files, engine, loadsRows });
  const { user, system } = process.cpuUsage(before.cpu);
  const seconds = (performance.now() - before.ms) / MS_PER_SECOND;
  const laneMiB = Math.round(process.resourceUsage().maxRSS / KIB_PER_MIB);
  const [failure] = [...load.failures, ...rows.failures];
  if (failure !== undefined) throw failure;
  const keys = (await core.records()).size;
  const withStore = await heldBytes();
  const storeWrites = core.puts();
  core.forget();
  const withoutStore = await heldBytes();
  return {
    objects: files.length,
    rows: load.done.reduce((sum, unit) => sum + unit.rows, sumOf(rows.counts)),
    keys,
    storeWrites,
    seconds,
    laneCpuSeconds: (user + system) / US_PER_SECOND,
    engineCpuSeconds: childSeconds() - before.children,
    laneMiB,
    storeMiB: Math.round((withStore - withoutStore) / BYTES_PER_MIB),
    ...watched.end(),
    bytesRead,
    rowByRow: load.unreduced.map(({ reason }) => reason),
  };
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** The memory that is still in use. Buffers are let go of some turns after the collection that finds them. */
async function heldBytes(): Promise<number> {
  const collect: unknown = globalThis.gc;
  if (typeof collect !== "function") throw new TypeError("start it with --expose-gc");
  for (let collections = 0; collections < COLLECTIONS; collections += 1) {
    collect();
    await setTimeout(LOOK_MS);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Looks at the memory of this process's children and at the engine's own files; `end` gives the largest in MiB. */
function watchedEngine(): { end(): Pick<GrowthFigures, "engineMiB" | "spillMiB"> } {
  let engineMiB = 0;
  let spillBytes = 0;
  const work = join(engineFolder, `load-${process.pid}`, "work");
  const timer = setInterval(() => {
    for (const child of childIdsOf("self")) engineMiB = Math.max(engineMiB, residentMiBMax(child));
    void bytesIn(work).then((bytes) => (spillBytes = Math.max(spillBytes, bytes)));
  }, LOOK_MS);
  return {
    end() {
      clearInterval(timer);
      return { engineMiB, spillMiB: Math.round(spillBytes / BYTES_PER_MIB) };
    },
  };
}

/** The bytes of the files in a folder that another process changes meanwhile. */
async function bytesIn(folder: string): Promise<number> {
  try {
    const names = await readdir(folder);
    return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    return 0;
  }
}
