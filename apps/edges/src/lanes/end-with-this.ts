/**
 * Ends the programs that this process has started when it ends itself, by an
 * error or by a signal: a measurement that is broken off leaves none behind.
 */
import type { ChildProcess } from "node:child_process";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const running = new Set<ChildProcess>();

export function endWithThis(child: ChildProcess): void {
  if (running.size === 0) listen();
  running.add(child);
  child.once("exit", () => {
    running.delete(child);
    if (running.size === 0) letGo();
  });
}

function listen(): void {
  process.on("exit", killAll);
  for (const signal of SIGNALS) process.on(signal, endBy);
}

function letGo(): void {
  process.off("exit", killAll);
  for (const signal of SIGNALS) process.off(signal, endBy);
}

/** Their work is only measured, and nothing of it has to be brought to an end. */
function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Without the listener the signal ends this process as it would have. */
function endBy(signal: NodeJS.Signals): void {
  killAll();
  letGo();
  process.kill(process.pid, signal);
}
