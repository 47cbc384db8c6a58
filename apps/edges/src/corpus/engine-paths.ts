/**
 * Says of each Parquet file of the corpus, with each of its groups, whether a
 * load of it takes the engine's path, and why not.
 */
import { statSync } from "node:fs";
import { defineConfig, defineGroup, type GroupDefinition, years } from "@trilane/feature-groups";
import * as z from "zod";
import { reduceInMemory } from "../growth/reduce-in-memory.ts";
import { corpusPath, readCorpus } from "./corpus-case.ts";
import { corpusGroups } from "./corpus-groups.ts";

export interface EnginePath {
  readonly file: string;
  readonly group: string;
  /** Whether the group lets its schema check the winners alone. */
  readonly checksWinners: boolean;
  /** Why its rows go row by row, or cannot be read; null where the engine takes all of them. */
  readonly reason: string | null;
}

/** The corpus takes every field of a record; a group of plain types shows what the engine makes of the files. */
const plain: GroupDefinition = defineGroup({
  key: ["id"],
  eventTime: { from: "source" },
  schema: z.object({ id: z.unknown().optional() }),
  ttlMs: years(100),
});
const GROUPS: Readonly<Record<string, GroupDefinition>> = { ...corpusGroups, plain };
const ENGINE = { memoryBytes: 536_870_912, threads: 1 };
const PARQUET = ".parquet";

export async function enginePaths(): Promise<readonly EnginePath[]> {
  const files = new Set(readCorpus().flatMap(({ file }) => (file.endsWith(PARQUET) ? [file] : [])));
  const paths: EnginePath[] = [];
  for (const file of files) {
    for (const [group, definition] of Object.entries(GROUPS)) {
      for (const checkOfLoads of ["all", "winners"] as const) {
        const reason = await reasonOf(file, group, { ...definition, checkOfLoads });
        paths.push({ file, group, checksWinners: checkOfLoads === "winners", reason });
      }
    }
  }
  return paths;
}

async function reasonOf(file: string, group: string, definition: GroupDefinition): Promise<string | null> {
  const path = corpusPath(file);
  const config = defineConfig({ groups: { [group]: definition } });
  const files = [{ path, size: statSync(path).size }];
  const { load, planFailures } = await reduceInMemory({ config, group, files, engine: ENGINE, engineRowsMin: 0 });
  const failure = planFailures[0] ?? load.failures[0];
  return failure === undefined ? (load.unreduced[0]?.reason ?? null) : failure.message;
}
