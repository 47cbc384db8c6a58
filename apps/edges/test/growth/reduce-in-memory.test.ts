/** Text is loaded row by row as a load does: each row is counted, and each key is written once in a slice. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, integer, years } from "@trilane/feature-groups";
import { expect, test } from "vitest";
import * as z from "zod";
import { reduceInMemory } from "../../src/growth/reduce-in-memory.ts";

const ROWS = 500;
const KEYS = 10;
const config = defineConfig({
  groups: {
    routes: {
      key: ["route"] as const,
      eventTime: { field: "date", unit: "timestamp" } as const,
      schema: z.object({ delay: integer() }),
      ttlMs: years(100),
    },
  },
});

const rows = Array.from({ length: ROWS }, (_, index) => ({
  date: new Date(Date.UTC(2_024, 0, 1) + index * 60_000).toISOString(),
  route: `route-${index % KEYS}`,
  delay: index,
}));
const TEXTS: Readonly<Record<string, string>> = {
  ndjson: rows.map((row) => JSON.stringify(row)).join("\n"),
  csv: ["date,route,delay", ...rows.map(({ date, route, delay }) => `${date},${route},${delay}`)].join("\n"),
};

test.each(Object.entries(TEXTS))(
  "every row of %s has a receipt, and each key is written once",
  async (format, text) => {
    const folder = mkdtempSync(join(tmpdir(), "trilane-text-load-"));
    const path = join(folder, `rows.${format}`);
    try {
      writeFileSync(path, text);
      const files = [{ path, size: statSync(path).size }];
      const loaded = await reduceInMemory({ config, group: "routes", files, engine: null, loadsRows: true });
      expect(loaded.rows.failures).toEqual([]);
      expect(loaded.rows.counts).toMatchObject({ applied: KEYS, superseded: ROWS - KEYS, dead: 0 });
      expect(loaded.core.puts()).toBe(KEYS);
      expect(loaded.bytesRead).toBeGreaterThanOrEqual(text.length);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
