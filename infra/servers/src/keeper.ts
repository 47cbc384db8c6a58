/**
 * The process behind `upDetached`. It starts the set, writes the state file,
 * reports to the command that started it, and holds the servers until SIGTERM
 * or SIGINT. If that command dies before the report, nobody needs the set, and
 * it is stopped. Its one argument is JSON: `stateFile`, `only`, `cacheEngine`.
 */
import { rm } from "node:fs/promises";
import { processesOf, claimStateFile } from "./detached-servers.ts";
import type { DetachedOptions, DetachedState, KeeperMessage } from "./detached-servers.ts";
import { messageOf } from "./errors.ts";
import { identityOf } from "./process-table.ts";
import { createProgress } from "./progress.ts";
import { startServers } from "./start-servers.ts";
import type { RunningServers } from "./start-servers.ts";

/** A timer that keeps the event loop alive, and does nothing when it fires. */
const idleMs = 60 * 60_000;

const settings = JSON.parse(process.argv[2] ?? "{}") as DetachedOptions & { readonly stateFile: string };

const toldToStop = new Promise<void>((resolve) => {
  process.on("SIGTERM", () => resolve());
  process.on("SIGINT", () => resolve());
});

try {
  // The waiting command shows the progress, because this process has no terminal.
  const progress = createProgress({ write: (text) => report({ progress: text.trimEnd() }) });
  const servers = await startServers({ ...settings, progress });
  try {
    await hold(servers);
  } finally {
    await servers.stop();
  }
} catch (error) {
  report({ error: messageOf(error) });
  process.exitCode = 1;
}

async function hold(servers: RunningServers): Promise<void> {
  const identity = await identityOf(process.pid);
  if (identity === undefined || !process.connected) throw new Error("nobody waits for the servers any more");
  const state: DetachedState = {
    keeper: identity,
    startedAt: new Date().toISOString(),
    servers: servers.servers,
    processes: await processesOf(servers.servers),
    endpoints: servers.endpoints,
    env: servers.env,
  };
  await claimStateFile(settings.stateFile, state);
  report({ state });
  const idle = setInterval(() => {}, idleMs);
  await toldToStop;
  clearInterval(idle);
  await rm(settings.stateFile, { force: true });
}

function report(message: KeeperMessage): void {
  if (process.connected) process.send?.(message);
}
