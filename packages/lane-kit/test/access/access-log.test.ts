/** The access log of a process: when it is on, and that nobody waits for a reader that takes nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Metrics, openAccessLog, requestIds } from "../../src/index.ts";

const CHILD = fileURLToPath(new URL("access-log-process.ts", import.meta.url));

it("is on where there is a file of clients, unless a setting says otherwise", () => {
  const isOn = (settings: Parameters<typeof openAccessLog>[0]["settings"]): boolean =>
    openAccessLog({ name: "test", settings, metrics: new Metrics() }) !== null;
  expect([
    isOn({}),
    isOn({ accessFile: "a" }),
    isOn({ accessLog: "on" }),
    isOn({ accessFile: "a", accessLog: "off" }),
  ]).toEqual([false, true, true, false]);
});

it("drops and counts lines while the reader of stderr takes none, and keeps the others whole", async () => {
  const child = spawn(process.execPath, [CHILD], { stdio: ["ignore", "pipe", "pipe"] });
  let [counts, log] = ["", ""];
  child.stdout.on("data", (part) => (counts += String(part)));
  await once(child.stdout, "end");
  // The child has written all its lines while nobody read them.
  child.stderr.on("data", (part) => (log += String(part)));
  await once(child, "close");
  const { written, dropped } = JSON.parse(counts) as { readonly written: number; readonly dropped: number };
  const lines = log.trimEnd().split("\n");
  expect(dropped).toBeGreaterThan(0);
  expect(lines).toHaveLength(written - dropped);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ msg: "access" });
});

it("gives no two requests the same id", () => {
  const [first, second] = [requestIds(), requestIds()];
  expect(new Set([first(), first(), second(), second()]).size).toBe(4);
});
