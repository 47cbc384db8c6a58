import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { VirtualClock } from "@trilane/write-through/testing";
import { describe, expect, test } from "vitest";
import { createLogger, Lifecycle } from "../src/index.ts";

const PROGRAM = fileURLToPath(new URL("lifecycle-process.ts", import.meta.url));
const silent = createLogger("test", "silent");

interface Run {
  readonly child: ChildProcess;
  output(): string;
  says(word: string): Promise<void>;
  ended(): Promise<number | null>;
}

function run(what: string): Run {
  const child = spawn(process.execPath, [PROGRAM, what], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const end = once(child, "close");
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  return {
    child,
    output: () => output,
    async says(word) {
      while (!output.includes(word)) await once(child.stdout, "data");
    },
    async ended() {
      const [code] = (await end) as [number | null];
      return code;
    },
  };
}

describe("a process that is told to end", () => {
  test("drains although the signal comes several times, as to a process group, and then exits", async () => {
    const lane = run("300");
    await lane.says("ready");
    for (const signal of ["SIGTERM", "SIGTERM", "SIGINT"] as const) lane.child.kill(signal);
    expect(await lane.ended()).toBe(0);
    expect(lane.output()).toContain("drained");
  });

  test("is not kept alive by what is left behind", async () => {
    const lane = run("0");
    await lane.says("ready");
    lane.child.kill("SIGTERM");
    expect(await lane.ended()).toBe(0);
  });

  test("ends at once at a second signal that comes later", async () => {
    const lane = run("8000");
    await lane.says("ready");
    lane.child.kill("SIGTERM");
    // Signals until the first one is so old that the next one is another event.
    const asking = setInterval(() => lane.child.kill("SIGTERM"), 200);
    expect(await lane.ended()).toBe(130);
    clearInterval(asking);
    expect(lane.output()).not.toContain("drained");
  });

  test("drains after an error that nobody caught, and says it without what a client hung on it", async () => {
    const lane = run("throw");
    expect(await lane.ended()).toBe(1);
    expect(lane.output()).toContain("no answer");
    expect(lane.output()).toContain("drained");
    expect(lane.output()).not.toContain("S3cr3tM4rker");
  });
});

describe("a shutdown", () => {
  test("runs what is registered after it began: a signal may come during the start", async () => {
    const lifecycle = new Lifecycle({ logger: silent, clock: new VirtualClock() });
    await lifecycle.shutdown("SIGTERM");
    const closed: string[] = [];
    lifecycle.onShutdown("platform", { timeLimitMs: 1_000 }, async () => void closed.push("platform"));
    lifecycle.onShutdown("health", { timeLimitMs: 1_000 }, async () => void closed.push("health"));
    await lifecycle.shutdown("finished");
    expect(closed.toSorted()).toEqual(["health", "platform"]);
  });

  test("ends within 30 seconds, whatever its phases' limits add up to", async () => {
    const clock = new VirtualClock();
    const lifecycle = new Lifecycle({ logger: silent, clock });
    const begun: string[] = [];
    for (const name of ["platform", "health", "lane"]) {
      lifecycle.onShutdown(name, { timeLimitMs: 20_000 }, () => {
        begun.push(name);
        return new Promise(() => undefined);
      });
    }
    const startMs = clock.monotonicMs();
    let isOver = false;
    const over = lifecycle.shutdown("SIGTERM").then(() => (isOver = true));
    while (!isOver) {
      await new Promise(setImmediate);
      clock.advance(100);
    }
    await over;
    expect(begun).toEqual(["lane", "health", "platform"]);
    expect(clock.monotonicMs() - startMs).toBeLessThan(30_000);
  });
});
