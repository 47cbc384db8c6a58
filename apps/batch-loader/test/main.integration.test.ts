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

/** `onStderr` gets the text that the process writes to standard error, and a function to signal it. */
async function runMain(
  args: readonly string[],
  onStderr: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...on.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.on("data", (chunk: Buffer) => onStderr(chunk.toString(), (signal) => void child.kill(signal)));
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

  test("ends with 4 and the reasons where no row is good, and says so again", async () => {
    const source = await on.put("main-dead.ndjson", '{"secret":"cargo"}\n[1]\n');
    for (const attempt of [1, 2]) {
      const { code, stdout, stderr } = await runMain(["--group", "routes", source, "--json"]);
      expect(code, stderr).toBe(4);
      expect(JSON.parse(stdout)).toMatchObject({ alreadyDone: false, consumed: 2, receipts: { dead: 2 } });
      expect(stderr).toContain("none of its 2 rows is a record of the group");
      if (attempt === 1) expect(stderr).toContain(`1 not-an-object (the row at byte 19 of ${source})`);
      expect(stderr).not.toContain("cargo");
    }
  });

  test.each(["SIGTERM", "SIGKILL"] as const)("goes on where %s stopped it, with the totals of all", async (signal) => {
    const destination = signal;
    const rows = Array.from({ length: 400_000 }, (_, index) =>
      JSON.stringify(flight(index % 5_000, { origin: `O${index % 300}`, destination })),
    );
    const source = await on.put(`${signal}.ndjson`, rows.join("\n"));
    let isSignalled = false;
    const first = await runMain(["--group", "routes", source], (text, kill) => {
      if (isSignalled || !text.includes("0/3 units")) return;
      isSignalled = true;
      kill(signal);
    });
    expect(first.code, first.stderr).toBe(signal === "SIGTERM" ? 75 : null);
    const second = await runMain(["--group", "routes", source, "--json"]);
    expect(second.code, second.stderr).toBe(0);
    const report = JSON.parse(second.stdout) as { unitsBefore: number };
    expect(report).toMatchObject({ units: 3, consumed: 400_000, receipts: { dead: 0, failed: 0 } });
    // After the one signal the work under way was finished; after the other it was lost and done again.
    expect(report.unitsBefore).toBe(signal === "SIGTERM" ? 2 : 0);
  });

  test("ends with 2 for wrong arguments", async () => {
    const { code, stderr } = await runMain(["s3://b/x"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("expected --group")]);
  });
});
