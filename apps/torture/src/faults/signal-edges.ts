/** A worker that is asked to end while it starts, and asked again while it ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Random } from "@trilane/write-through";
import type { EdgeOutcome } from "./edge-fault.ts";
import type { EdgeSetting } from "./edge-setting.ts";

const PROGRAM = fileURLToPath(new URL("../../../job-worker/src/main.ts", import.meta.url));
/** A process begins to listen for signals after about a third of this time. */
const FIRST_SIGNAL_MS_MAX = 3_000;
const BETWEEN_MS = 1_200;
/** Kubernetes kills after 30 seconds. */
const ENDS_WITHIN_MS = 30_000;
/** Exit codes: finished, nothing done yet, forced by the second signal. */
const GOOD_CODES: ReadonlySet<number | null> = new Set([0, 75, 130]);

export async function endedTwice({ servers, run, processes }: EdgeSetting, random: Random): Promise<EdgeOutcome> {
  const child = spawn(process.execPath, [PROGRAM, "--queue", `${run}-nobody`], {
    stdio: ["ignore", "ignore", "ignore"],
    env: { ...process.env, ...servers.environmentOf("worker"), ...processes.commonEnvironment },
  });
  const ended = once(child, "exit").then(([code, signal]) => ({ code, signal }) as Ended);
  const firstMs = Math.round(FIRST_SIGNAL_MS_MAX * random());
  await Promise.race([delay(firstMs), ended]);
  child.kill("SIGTERM");
  await Promise.race([delay(BETWEEN_MS), ended]);
  child.kill("SIGTERM");
  const end = await Promise.race([ended, delay(ENDS_WITHIN_MS, null)]);
  child.kill("SIGKILL");
  return { detail: `after ${firstMs} ms: ${shown(end)}`, effects: 1, problems: problemsOf(end) };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function problemsOf(end: Ended | null): readonly string[] {
  if (end === null) return [`a worker that was signalled twice did not end within ${ENDS_WITHIN_MS} ms`];
  // Before the process listens, the signal's default effect ends it.
  if (end.signal === "SIGTERM" || GOOD_CODES.has(end.code)) return [];
  return [`a worker that was signalled twice ended with ${shown(end)}`];
}

function shown(end: Ended | null): string {
  if (end === null) return "no end";
  return end.signal ?? `code ${String(end.code)}`;
}
