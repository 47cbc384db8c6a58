/** Servers end with the process that started them, however it ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { expectGone } from "../fixtures/expect-gone.ts";

interface Held {
  readonly pids: readonly number[];
  readonly ports: readonly number[];
  readonly directory: string;
}

const fixture = join(import.meta.dirname, "..", "fixtures", "hold-servers.ts");

describe.each([
  { signal: "SIGKILL", which: "all" },
  { signal: "SIGTERM", which: "cache" },
  { signal: "SIGINT", which: "cache" },
] as const)("a parent that ends by $signal", ({ signal, which }) => {
  it("leaves no process, no port and no data", { timeout: 60_000 }, async () => {
    const parent = spawn(process.execPath, [fixture, which], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const held = JSON.parse(line) as Held;
    const scratch = dirname(held.directory);
    expect(existsSync(scratch)).toBe(true);
    parent.kill(signal);
    await once(parent, "exit");
    await expectGone(held);
    await expect.poll(() => existsSync(scratch), { timeout: 4000 }).toBe(false);
  });
});
