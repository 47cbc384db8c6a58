/**
 * The process of `many-keys.ts` that is measured: it loads the files of a folder
 * and prints its figures. Node starts it with `--expose-gc`, so that it can say
 * how much of its memory the store has.
 */
import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { defineConfig, integer, years } from "@trilane/feature-groups";
import { systemClock } from "@trilane/write-through";
import * as z from "zod";
import { childIdsOf, childSeconds, residentMiBMax } from "../process-figures.ts";
import type { LoadPath, ManyKeysFigures } from "./many-keys.ts";
import { loadFiles } from "./reduce-in-memory.ts";
import { openVersionsCore } from "./versions-core.ts";

const LOOK_MS = 100;
const KIB_PER_MIB = 1_024;
const BYTES_PER_MIB = 1_048_576;
const US_PER_SECOND = 1_000_000;
const MS_PER_SECOND = 1_000;
const ENGINE = { memoryBytes: 536_870_912, threads: 1 };

const entities = {
  key: ["entity"] as const,
  eventTime: { field: "date", unit: "timestamp" } as const,
  schema: z.object({ delay: integer(), distance: integer() }),
  ttlMs: years(100),
};

const [folder = "", path = "engine"] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await measure(path === "rows" ? "rows" : "engine")));

async function measure(by: LoadPath): Promise<ManyKeysFigures> {
  const names = (await readdir(folder)).toSorted();
  const files = names.map((name) => ({ path: join(folder, name), size: statSync(join(folder, name)).size }));
  const config = defineConfig({ groups: { entities } });
  const core = await openVersionsCore(systemClock);
  let engineMiB = 0;
  const timer = setInterval(() => {
    for (const child of childIdsOf("self")) engineMiB = Math.max(engineMiB, residentMiBMax(child));
  }, LOOK_MS);
  const before = { cpu: process.cpuUsage(), children: childSeconds(), ms: performance.now() };
  const engine = by === "engine" ? ENGINE : null;
  const given = { config, group: "entities", files, engine, engineRowsMin: 0, loadsRows: true };
  const { load, rows } = await loadFiles(given, core);
  const { user, system } = process.cpuUsage(before.cpu);
  const seconds = (performance.now() - before.ms) / MS_PER_SECOND;
  clearInterval(timer);
  const [failure] = [...load.failures, ...rows.failures];
  if (failure !== undefined) throw failure;
  const keys = core.keys();
  return {
    path: by,
    keys,
    storeWrites: core.puts(),
    seconds,
    laneCpuUsPerKey: (user + system) / keys,
    engineCpuUsPerKey: ((childSeconds() - before.children) * US_PER_SECOND) / keys,
    laneMiB: Math.round(process.resourceUsage().maxRSS / KIB_PER_MIB),
    storeMiB: heldMiB(),
    engineMiB,
    rowByRow: load.unreduced.map(({ reason }) => reason),
  };
}

function heldMiB(): number {
  globalThis.gc?.();
  return Math.round(process.memoryUsage().heapUsed / BYTES_PER_MIB);
}
