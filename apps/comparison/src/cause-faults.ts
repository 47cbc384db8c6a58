/** Causes faults of links and processes, one after the other, as scheduled. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ComparisonFault, ScheduledFault } from "./fault-schedule.ts";
import type { LinkedProcess } from "./linked-process.ts";
import { sleepUntil } from "./paced.ts";
import type { BeginMessage } from "./traffic-messages.ts";

/** Returns the number of chunks, connections and processes that were affected. */
export async function causeFaults(
  schedule: readonly ScheduledFault[],
  processes: readonly LinkedProcess[],
  begin: BeginMessage,
): Promise<number> {
  let killedOrPaused = 0;
  for (const { atMs, forMs, what } of schedule) {
    await sleepUntil(begin.startNs, atMs);
    const met = processes.filter((_, process) => what.process === "all" || what.process === process);
    await cause(what, forMs, met, begin);
    if (what.kind !== "link") killedOrPaused += met.length;
  }
  const onLinks = processes.flatMap(({ cache, store }) => [cache, store].flatMap(({ fired }) => Object.values(fired)));
  return onLinks.reduce((sum, count) => sum + count, killedOrPaused);
}

async function cause(
  what: ComparisonFault,
  forMs: number,
  met: readonly LinkedProcess[],
  begin: BeginMessage,
): Promise<void> {
  if (what.kind === "link") {
    for (const process of met) process[what.link].apply(what.fault);
    await sleep(forMs);
    for (const process of met) process[what.link].apply(null);
    return;
  }
  for (const { child } of met) {
    if (what.kind === "kill") {
      await child.kill();
      await child.start();
      child.begin(begin);
    } else {
      child.signal("SIGSTOP");
      await sleep(forMs);
      child.signal("SIGCONT");
    }
  }
}
