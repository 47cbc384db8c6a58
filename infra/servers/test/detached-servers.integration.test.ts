/** A set that outlives its command, and the command line over it. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { detachedStatus, downDetached, upDetached } from "../src/detached-servers.ts";
import type { DetachedState } from "../src/detached-servers.ts";
import { silentProgress } from "../src/progress.ts";
import { addressVariables } from "../src/server-names.ts";
import { expectGone } from "./fixtures/expect-gone.ts";

const run = promisify(execFile);
/** The addresses with which the tests themselves were started do not count here. */
const native = { ...clearedAddresses(), TRILANE_SERVERS_RUNTIME: "native" };
const main = join(import.meta.dirname, "..", "src", "main.ts");

describe("a detached set", () => {
  let directory: string;
  let stateFile: string;
  const up = (): Promise<DetachedState> => upDetached({ stateFile, only: ["cache"], progress: silentProgress });

  beforeAll(async () => {
    for (const [name, value] of Object.entries(native)) vi.stubEnv(name, value);
    directory = await mkdtemp(join(tmpdir(), "trilane-detached-"));
    stateFile = join(directory, "servers.json");
  });
  afterAll(async () => {
    await downDetached({ stateFile });
    await rm(directory, { recursive: true });
    vi.unstubAllEnvs();
  });

  it("comes up once, says what runs, and goes down", async () => {
    const state = await up();
    expect(await up()).toEqual(state);
    expect(await detachedStatus({ stateFile })).toEqual({ running: true, state, ended: [] });
    expect(await downDetached({ stateFile })).toBe(true);
    await expectGone({ pids: [state.keeper.pid, ...state.processes.map(({ pid }) => pid)], ports: [] });
    expect(existsSync(stateFile)).toBe(false);
    expect(await downDetached({ stateFile })).toBe(false);
  });

  it("ends with its keeper, is reported as gone, and comes up again", async () => {
    const state = await up();
    process.kill(state.keeper.pid, "SIGKILL");
    await expectGone({ pids: [state.keeper.pid, ...state.processes.map(({ pid }) => pid)], ports: [] });
    expect(await detachedStatus({ stateFile })).toEqual({ running: false });
    expect((await up()).keeper.pid).not.toBe(state.keeper.pid);
    await downDetached({ stateFile });
  });

  it("never signals a process that was given the keeper's id since", async () => {
    const state = await up();
    const text = await readFile(stateFile, "utf8");
    await downDetached({ stateFile });
    // This test's process takes the keeper's place: a signal would end the test.
    const reused = { ...state, keeper: { pid: process.pid, startedAt: state.keeper.startedAt } };
    await writeFile(stateFile, JSON.stringify({ ...(JSON.parse(text) as DetachedState), ...reused }));
    expect(await downDetached({ stateFile })).toBe(false);
  });
});

describe("run", () => {
  // Java servers are given, so that only the cache and the queue have to start.
  const env = {
    ...process.env,
    ...native,
    TRILANE_KAFKA_BROKERS: "given:9092",
    TRILANE_DYNAMODB_ENDPOINT: "http://given:8000",
    TRILANE_S3_ENDPOINT: "http://given:7070",
  };

  it("hands the addresses to the command and passes its exit status through", async () => {
    const script = "console.log(process.env.TRILANE_QUEUE_URL, process.env.TRILANE_S3_ENDPOINT); process.exit(7)";
    const failing = run(process.execPath, [main, "run", "--", process.execPath, "-e", script], { env });
    const { code, stdout } = await failing.then(
      () => ({ code: 0, stdout: "" }),
      (error: { code: number; stdout: string }) => error,
    );
    expect(code).toBe(7);
    expect(stdout).toMatch(/^redis:\/\/127\.0\.0\.1:\d+ http:\/\/given:7070\n$/);
  });

  it("passes a signal on, then stops the servers", async () => {
    const script = "console.log(process.env.TRILANE_CACHE_URL); setInterval(() => {}, 1000)";
    const runner = spawn(process.execPath, [main, "run", "--", process.execPath, "-e", script], {
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [url] = (await once(createInterface({ input: runner.stdout }), "line")) as [string];
    runner.kill("SIGTERM");
    const [code] = (await once(runner, "exit")) as [number];
    expect(code).toBe(128 + 15);
    await expectGone({ pids: [], ports: [Number(url.split(":").at(-1))] });
  });
});

function clearedAddresses(): Record<string, string> {
  return Object.fromEntries(Object.values(addressVariables).map((name) => [name, ""]));
}
