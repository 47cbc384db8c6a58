/**
 * The clock of a running process is moved from outside, and the process itself
 * sees the change.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchFaketime } from "@trilane/servers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ProcessClock } from "../src/process-clock.ts";

const HOUR_MS = 3_600_000;
/** Prints its own wall clock and its monotonic one whenever it is asked. */
const SCRIPT = 'process.stdin.on("data", () => console.log(Date.now(), performance.now()))';

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trilane-clock-test-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it("a step is seen at once by the process and by its witness, and leaves the monotonic clock alone", async (test) => {
  const faketime = await fetchFaketime();
  if (!faketime.available) return test.skip(`clock steps are left out: ${faketime.reason}`);
  const clock = new ProcessClock(faketime.library, join(directory, "one"));
  const child = spawn(process.execPath, [...clock.nodeFlags, "-e", SCRIPT], {
    env: { ...process.env, ...clock.environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdout.setEncoding("utf8");
  const ask = async (): Promise<readonly [wallMs: number, monotonicMs: number]> => {
    child.stdin.write("?\n");
    const [line] = (await once(child.stdout, "data")) as [string];
    const [wallMs = Number.NaN, monotonicMs = Number.NaN] = line.trim().split(" ").map(Number);
    return [wallMs - Date.now(), monotonicMs];
  };
  try {
    const [, startedMs] = await ask();
    for (const offsetMs of [HOUR_MS, -4 * HOUR_MS, 2_500, 0]) {
      clock.step(offsetMs);
      expect(clock.offsetMs).toBe(offsetMs);
      const [aheadMs, monotonicMs] = await ask();
      expect(Math.abs(aheadMs - offsetMs)).toBeLessThan(500);
      expect(monotonicMs - startedMs).toBeLessThan(60_000);
      await vi.waitFor(() => expect(clock.isSeen()).toBe(true), { timeout: 10_000 });
    }
  } finally {
    const { pid } = child;
    child.kill("SIGKILL");
    await once(child, "close");
    if (pid !== undefined) clock.forgetProcess(pid);
    expect(existsSync(`/dev/shm/faketime_shm_${pid}`)).toBe(false);
  }
});
