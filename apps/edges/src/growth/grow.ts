/**
 * Measures a reduced load of many flights into a store in memory, so that the
 * figures are those of the lane and its engine alone.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, integer, years } from "@trilane/feature-groups";
import * as z from "zod";
import { childIdsOf, childSeconds, residentMiBMax } from "../process-figures.ts";
import { type FlightFile, writeFlightFiles } from "./flight-files.ts";
import { reduceInMemory } from "./reduce-in-memory.ts";

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
  const engine = watchedEngine();
  const before = { cpu: process.cpuUsage(), children: childSeconds(), ms: performance.now() };
  const config = defineConfig({ groups: { routes } });
  const { load, core, bytesRead } = await reduceInMemory({ config, group: "routes", files, engine: ENGINE });
  const { user, system } = process.cpuUsage(before.cpu);
  const [failure] = load.failures;
  if (failure !== undefined) throw failure;
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
