import { VirtualClock } from "@trilane/write-through/testing";
import { pino } from "pino";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Lifecycle, runLane, runLaneProgram, SettingsError } from "../src/index.ts";

function lifecycleOf(): Lifecycle {
  return new Lifecycle({ logger: pino({ level: "silent" }), clock: new VirtualClock() });
}

/** The text that is written while `run` runs. */
async function written(stream: NodeJS.WriteStream, run: () => Promise<void>): Promise<string> {
  const parts: string[] = [];
  const spy = vi.spyOn(stream, "write").mockImplementation((part) => {
    parts.push(String(part));
    return true;
  });
  await run().finally(() => spy.mockRestore());
  return parts.join("");
}

afterEach(() => {
  process.exitCode = undefined;
});

describe("runLane", () => {
  it("prints the report as one line of JSON, or as the lane writes it", async () => {
    const run = { phase: "work", timeLimitMs: 1_000, work: async () => ({ consumed: 3 }) };
    const lifecycle = lifecycleOf();
    expect(await written(process.stdout, () => runLane({ lifecycle }, run))).toBe('{"consumed":3}\n');
    const textOf = ({ consumed }: { consumed: number }): string => `${consumed} records`;
    expect(await written(process.stdout, () => runLane({ lifecycle }, { ...run, textOf }))).toBe("3 records\n");
  });

  it("tells the work of the shutdown, which then waits for it", async () => {
    const lifecycle = lifecycleOf();
    const order: string[] = [];
    lifecycle.onShutdown("platform", { timeLimitMs: 1_000 }, async () => void order.push("platform closes"));
    const work = (signal: AbortSignal): Promise<string> =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          setImmediate(() => {
            order.push("work ends");
            resolve("report");
          });
        });
      });
    const printed = written(process.stdout, () => runLane({ lifecycle }, { phase: "work", timeLimitMs: 1_000, work }));
    await lifecycle.shutdown("test");
    expect(await printed).toBe('"report"\n');
    expect(order).toEqual(["work ends", "platform closes"]);
  });

  it("rejects with what the work rejects with, and the shutdown goes on", async () => {
    const lifecycle = lifecycleOf();
    const work = (): Promise<never> => Promise.reject(new Error("broken"));
    await expect(runLane({ lifecycle }, { phase: "work", timeLimitMs: 1_000, work })).rejects.toThrow("broken");
    await lifecycle.shutdown("test");
    expect(lifecycle.exitCode).toBe(0);
  });
});

describe("runLaneProgram", () => {
  const program = {
    name: "lane",
    usage: "usage: lane\n",
    readConfig(): never {
      throw new SettingsError("--jobs-max", "it is 0");
    },
    run: () => Promise.reject(new Error("it must not run")),
  };

  it("shows its usage for --help, and does nothing else", async () => {
    expect(await written(process.stdout, () => runLaneProgram(program, ["--help"]))).toBe("usage: lane\n");
    expect(process.exitCode).toBeUndefined();
  });

  it("refuses wrong arguments with the reason, the usage and the code 2", async () => {
    const text = await written(process.stderr, () => runLaneProgram(program, ["--jobs-max", "0"]));
    expect(text).toBe("--jobs-max: it is 0\n\nusage: lane\n");
    expect(process.exitCode).toBe(2);
  });
});
