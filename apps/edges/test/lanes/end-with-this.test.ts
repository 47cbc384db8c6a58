/** A measurement that is broken off leaves no program behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";

const HELPER = new URL("../../src/lanes/end-with-this.ts", import.meta.url).href;

/** Starts a program that runs for ever and writes to the same pipe, and then does `last`. */
const starter = (last: string): string => `
  import { spawn } from "node:child_process";
  import { endWithThis } from ${JSON.stringify(HELPER)};
  const program = "setInterval(() => undefined, 1000); process.stdout.write('it runs')";
  const child = spawn(process.execPath, ["--eval", program], { stdio: ["ignore", "inherit", "ignore"] });
  endWithThis(child);
  ${last}`;

/** Resolves when nothing that was started holds the pipe any longer. */
async function endOf(last: string, signal: NodeJS.Signals | null): Promise<unknown> {
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", starter(last)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(parent, "close");
  await once(parent.stdout, "data");
  if (signal === null) parent.kill("SIGUSR2");
  else parent.kill(signal);
  const [code, by] = (await closed) as [number | null, NodeJS.Signals | null];
  return by ?? code;
}

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s ends the program that was started, too", async (signal) => {
  expect(await endOf("", signal)).toBe(signal);
});

test("so does an error", async () => {
  expect(await endOf('process.on("SIGUSR2", () => process.exit(3));', null)).toBe(3);
});
