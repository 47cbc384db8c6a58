/**
 * Short fault runs, one after the other, each on servers of its own: two at
 * once would take the two cores from each other.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TortureReport } from "../src/torture-report.ts";

const PROGRAM = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const LIMIT_MS = 360_000;
const SEED = "7";
/** With this seed the first loss is a failover, after three seconds. */
const FAILOVER_SEED = "48";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trilane-torture-test-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("a fault run", () => {
  it(
    "keeps every read linearizable, every receipt and every erasure under faults, and leaves nothing of the erased",
    async () => {
      const report = await torture(["--minutes", "0.5", "--seed", SEED]);
      expect(report.problems).toEqual([]);
      expect(report.history.verdict.wrongReads).toBe(0);
      expect(report.history.verdict.reads).toBeGreaterThan(0);
      expect(report.receipts.withReceipt).toBe(report.receipts.sent);
      expect(report.receipts.messagesWithReceipt).toBe(report.receipts.messages);
      expect(report.erasures?.erasures).toBeGreaterThan(0);
      expect(report.erasures?.scan.places.map(({ finds }) => finds)).toEqual(Array.from({ length: 7 }, () => 0));
      expect(report.erasures?.scan.planted).toBe(7);
      const met = Object.values(report.faults).filter(({ effects }) => effects > 0);
      expect(met.length).toBeGreaterThan(5);
    },
    LIMIT_MS,
  );

  it(
    "does so while the cache fails over to a replica that missed writes, and draws it",
    async () => {
      const picture = join(directory, "failover.svg");
      const faults = ["--faults", "cache-loss-alone", "--topology", "replicated", "--timeline", picture];
      const report = await torture(["--minutes", "0.5", "--seed", FAILOVER_SEED, ...faults]);
      expect(report.problems).toEqual([]);
      expect(report.history.verdict.wrongReads).toBe(0);
      expect(report.history.verdict.reads).toBeGreaterThan(0);
      expect(report.receipts.withReceipt).toBe(report.receipts.sent);
      expect(new Set(report.cacheEpochs.map(({ epoch }) => epoch)).size).toBeGreaterThan(1);
      expect(await readFile(picture, "utf8")).toContain("failover to a replica that missed writes");
    },
    LIMIT_MS,
  );
});

async function torture(options: readonly string[]): Promise<TortureReport & { readonly problems: readonly string[] }> {
  const history = join(directory, `${randomUUID()}.ndjson`);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [PROGRAM, ...options, "--history", history, "--json"],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  ).catch((error: { readonly stdout?: string; readonly stderr?: string }) => {
    throw new Error(`the run failed\n${error.stderr ?? ""}\n${error.stdout ?? ""}`, { cause: error });
  });
  return JSON.parse(stdout) as TortureReport & { readonly problems: readonly string[] };
}
