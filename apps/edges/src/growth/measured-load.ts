/**
 * The process of a growth run that is measured: it loads the files of a folder
 * into a store in memory, prints its figures, and ends. Node starts it with
 * `--expose-gc`, so that it can say how much of its memory the store has.
 */
import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { defineConfig, integer, years } from "@trilane/feature-groups";
import * as z from "zod";
import { childIdsOf, childSeconds, residentMiBMax } from "../process-figures.ts";
import type { GrowthFigures } from "./grow.ts";
import { reduceInMemory } from "./reduce-in-memory.ts";

const LOOK_MS = 100;
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
  const { load, core, bytesRead } = await reduceInMemory({ config, group: "routes", files, engine });
  const { user, system } = process.cpuUsage(before.cpu);
  const seconds = (performance.now() - before.ms) / MS_PER_SECOND;
  const laneMiB = Math.round(process.resourceUsage().maxRSS / KIB_PER_MIB);
  const [failure] = load.failures;
  if (failure !== undefined) throw failure;
  const withStore = heldBytes();
  const keys = (await core.records()).size;
  const storeWrites = core.puts();
  core.forget();
  return {
    objects: files.length,
    rows: load.done.reduce((sum, { rows }) => sum + rows, 0),
    keys,
    storeWrites,
    seconds,
    laneCpuSeconds: (user + system) / US_PER_SECOND,
    engineCpuSeconds: childSeconds() - before.children,
    laneMiB,
    storeMiB: Math.round((withStore - heldBytes()) / BYTES_PER_MIB),
    ...watched.end(),
    bytesRead,
    rowByRow: load.unreduced.map(({ reason }) => reason),
  };
}

/** The memory that is still in use. */
function heldBytes(): number {
  if (typeof globalThis.gc !== "function") throw new TypeError("start it with --expose-gc");
  globalThis.gc();
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
