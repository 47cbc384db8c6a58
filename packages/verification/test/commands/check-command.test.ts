import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkCommand, EXIT_RIGHT, EXIT_UNUSABLE, EXIT_VIOLATION } from "../../src/commands/check-command.ts";

const WRITE = '{"process":1,"op":"write","key":"k","version":"v1","invoke":100,"return":200}';
const STALE = '{"process":2,"op":"read","key":"k","version":null,"invoke":300,"return":400}';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "check-"));
});

afterAll(() => rm(directory, { recursive: true }));

async function check(text: string): Promise<{ code: number; output: string }> {
  const file = join(directory, "history.ndjson");
  await writeFile(file, text);
  const lines: string[] = [];
  const code = await checkCommand(file, (line) => lines.push(line));
  return { code, output: lines.join("\n") };
}

describe("check", () => {
  it("accepts a linearizable history", async () => {
    const { code, output } = await check(`${WRITE}\n`);
    expect(code).toBe(EXIT_RIGHT);
    expect(output).toMatch(/^linearizable: 1 operations/);
  });

  it("shows what is wrong", async () => {
    const { code, output } = await check(`${WRITE}\n${STALE}\n`);
    expect(code).toBe(EXIT_VIOLATION);
    expect(output).toContain("the read of line 2 is stale");
    expect(output).toContain("NOT linearizable: 1 wrong reads");
  });

  it("names the line that it cannot use, and a remedy", async () => {
    const { code, output } = await check(`${WRITE}\n${WRITE.slice(0, 20)}`);
    expect(code).toBe(EXIT_UNUSABLE);
    expect(output).toContain("line 2: not JSON. If the recorder was killed");
  });

  it("says when there is no such file", async () => {
    const lines: string[] = [];
    expect(await checkCommand(join(directory, "none"), (line) => lines.push(line))).toBe(EXIT_UNUSABLE);
    expect(lines.join()).toContain("cannot be read");
  });
});
