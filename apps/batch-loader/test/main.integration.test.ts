import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flight, openTestPlatform, type TestPlatform } from "./test-platform.ts";

let on: TestPlatform;

beforeAll(async () => {
  on = await openTestPlatform();
});
afterAll(async () => {
  await on.close();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runMain(args: readonly string[]): Promise<Ended> {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...on.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: code as number | null, stdout, stderr };
}

describe("main", () => {
  test("prints the report, and says so when there is nothing to do", async () => {
    const row = flight(5, { origin: "QQQ", destination: "RRR" });
    const source = await on.put("main.ndjson", `${JSON.stringify(row)}\n`);
    const first = await runMain(["--group", "routes", source, "--json"]);
    expect(first.code, first.stderr).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ alreadyDone: false, consumed: 1, receipts: { applied: 1 } });
    expect(first.stderr).toContain("1/1 units");
    const again = await runMain(["--group", "routes", source]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("was done before; nothing to do")]);
  });

  test("ends with 1 and the object's name for one that cannot be read", async () => {
    const source = await on.put("main.csv.gz", "no gzip");
    const { code, stderr } = await runMain(["--group", "routes", source]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${source}: the gzip stream is truncated or damaged`);
  });

  test("ends with 2 for wrong arguments", async () => {
    const { code, stderr } = await runMain(["s3://b/x"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("expected --group")]);
  });
});
