/** Servers end with the process that started them, however it ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { expectGone } from "./fixtures/expect-gone.ts";

interface Held {
  readonly pids: readonly number[];
  readonly ports: readonly number[];
  readonly scratch: string;
}

const fixture = join(import.meta.dirname, "fixtures", "hold-servers.ts");
const scratchGoneWithinMs = 3000;

describe.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)("a parent that ends by %s", (signal) => {
  it("leaves no process, no port and no data", { timeout: 60_000 }, async () => {
    const parent = spawn(process.execPath, [fixture], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const held = JSON.parse(line) as Held;
    parent.kill(signal);
    await once(parent, "exit");
    await expectGone(held);
    const deadlineMs = performance.now() + scratchGoneWithinMs;
    while (existsSync(held.scratch) && performance.now() < deadlineMs) await sleep(20);
    expect(existsSync(held.scratch)).toBe(false);
  });
});
