/** One minute of the fault run, on servers of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { TortureReport } from "../src/torture-report.ts";

const PROGRAM = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const LIMIT_MS = 360_000;
const SEED = "7";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trilane-torture-test-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it(
  "keeps every read linearizable and every receipt for a minute under faults",
  async () => {
    const history = join(directory, "history.ndjson");
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [PROGRAM, "--minutes", "1", "--seed", SEED, "--history", history, "--json"],
      { maxBuffer: 64 * 1024 * 1024 },
    ).catch((error: { readonly stdout?: string; readonly stderr?: string }) => {
      throw new Error(`the run failed\n${error.stderr ?? ""}\n${error.stdout ?? ""}`, { cause: error });
    });
    const report = JSON.parse(stdout) as TortureReport & { readonly problems: readonly string[] };
    expect(report.problems).toEqual([]);
    expect(report.history.verdict.wrongReads).toBe(0);
    expect(report.history.verdict.reads).toBeGreaterThan(0);
    expect(report.receipts.withReceipt).toBe(report.receipts.sent);
    const met = Object.values(report.faults).filter(({ effects }) => effects > 0);
    expect(met.length).toBeGreaterThan(5);
  },
  LIMIT_MS,
);
