import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localCredentials } from "@trilane/servers";
import { expect, test } from "vitest";
import { EdgeRecords } from "../../src/faults/edge-records.ts";
import { scanLogs } from "../../src/faults/log-scan.ts";

test("a secret or a payload in a log is found, and told without the word", async () => {
  const directory = await mkdtemp(join(tmpdir(), "trilane-logs-"));
  const file = join(directory, "worker.log");
  const words = [localCredentials.secretAccessKey, EdgeRecords.PAYLOAD_MARKER];
  await writeFile(file, ["all is well", ...words.map((word) => `failed with ${word}`)].join("\n"));
  const { effects, problems } = await scanLogs([file, join(directory, "none.log")]);
  expect(effects).toBeGreaterThan(2);
  expect(problems).toHaveLength(2);
  for (const word of words) expect(problems.join()).not.toContain(word);
  await rm(directory, { recursive: true });
});
