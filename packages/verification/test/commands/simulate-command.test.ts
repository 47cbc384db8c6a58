import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkCommand } from "../../src/commands/check-command.ts";
import { simulateCommand, type SimulateCommandOptions } from "../../src/commands/simulate-command.ts";

const few: SimulateCommandOptions = { seeds: 3, ops: 300, seed: 1, verifyReplay: false };

async function run(options: Partial<SimulateCommandOptions>) {
  const lines: string[] = [];
  const output = { out: (text: string) => void lines.push(text), progress: () => undefined };
  const exitCode = await simulateCommand({ ...few, ...options }, output);
  return { exitCode, text: lines.join("\n") };
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simulate-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("simulate", () => {
  it("prints seeds, operations, times, faults and a fingerprint, and exits with 0", async () => {
    const { exitCode, text } = await run({});
    expect(exitCode).toBe(0);
    expect(text).toMatch(/3 seeds, \d+ operations, \d+ events, .* virtual hours, .* s\./);
    expect(text).toMatch(/\| store put late +\| \d+/);
    expect(text).toMatch(/seed 1: fingerprint [0-9a-f]{16}/);
    expect(text).toContain("No violation found within these bounds.");
  });

  it("writes a history that the checker reads", async () => {
    const file = join(folder, "history.ndjson");
    await run({ seeds: 1, history: file });
    const lines: string[] = [];
    expect(await checkCommand(file, (text) => void lines.push(text))).toBe(0);
    const written = (await readFile(file, "utf8")).trimEnd().split("\n").length;
    expect(lines.join("\n")).toContain(`linearizable: ${written} operations`);
  });

  it("runs a seed twice and compares the runs", async () => {
    const { exitCode, text } = await run({ verifyReplay: true });
    expect(exitCode).toBe(0);
    const fingerprints = [...text.matchAll(/fingerprint ([0-9a-f]{16})/g)].map(([, digits]) => digits);
    expect(fingerprints).toHaveLength(2);
    expect(new Set(fingerprints).size).toBe(1);
    expect(text).toContain("bit-identical");
  });

  it("exits with 1 and says how to run the seed again when something is wrong", async () => {
    const { exitCode, text } = await run({ seeds: 50, ops: 1_000, mutant: "commands create from absent" });
    expect(exitCode).toBe(1);
    expect(text).toMatch(/npm run simulate -- --seed \d+ --seeds 1 --ops 1000 --mutant "commands create from absent"/);
  });

  it("names the mutants when it does not know one, or cannot simulate it", async () => {
    await expect(run({ mutant: "nonsense" })).rejects.toThrow(RangeError);
    await expect(run({ mutant: "eventually consistent reads" })).rejects.toThrow(/"no fence before the store"/);
  });
});
