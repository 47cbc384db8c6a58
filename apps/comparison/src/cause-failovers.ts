/**
 * Causes failovers of the cache, one after the other, as scheduled. The
 * processes reach the cache through their links, which stand for a managed
 * endpoint: after a failover they lead to the new primary.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { CachePair } from "./cache-pair.ts";
import type { Failover, ScheduledFailover } from "./failover-schedule.ts";
import type { LinkedProcess } from "./linked-process.ts";
import { sleepUntil } from "./paced.ts";
import { PAYLOAD_CHARACTERS } from "./workload.ts";

/** Returns the number of failovers that had an effect. */
export async function causeFailovers(
  schedule: readonly ScheduledFailover[],
  processes: readonly LinkedProcess[],
  cache: CachePair,
  startNs: number,
): Promise<number> {
  let effects = 0;
  for (const { atMs, what } of schedule) {
    await sleepUntil(startNs, atMs);
    if (await cause(what, processes, cache)) effects += 1;
  }
  return effects;
}

/** True when it had an effect. */
function cause(what: Failover, processes: readonly LinkedProcess[], cache: CachePair): Promise<boolean> {
  if (what.kind === "crash") return crash(what, processes, cache);
  return what.kind === "split" ? split(what, processes, cache) : demote(what, cache);
}

async function crash(
  { lagMs }: Failover & { readonly kind: "crash" },
  processes: readonly LinkedProcess[],
  cache: CachePair,
): Promise<boolean> {
  cache.cutReplication();
  await sleep(lagMs);
  const [written, kept] = [await cache.primaryOffset(), await cache.replicaOffset()];
  await cache.killPrimary();
  await cache.promote();
  lead(processes, cache);
  resetConnections(processes);
  await cache.restartReplicaEmpty();
  await cache.follow();
  return isLoss(written - kept);
}

async function split(
  { lagMs, splitMs, staying }: Failover & { readonly kind: "split" },
  processes: readonly LinkedProcess[],
  cache: CachePair,
): Promise<boolean> {
  const behind = processes.filter((_, process) => staying.includes(process));
  cache.cutReplication();
  await sleep(lagMs);
  const kept = await cache.replicaOffset();
  await cache.promote();
  lead(processes, cache);
  resetConnections(processes.filter((process) => !behind.includes(process)));
  await sleep(splitMs);
  // The old primary is the replica now.
  const written = await cache.replicaOffset();
  resetConnections(behind);
  await cache.follow();
  return isLoss(written - kept);
}

/** A demotion always has an effect: it ends only when the server has been seen to follow the other. */
async function demote({ demotedMs }: Failover & { readonly kind: "demotion" }, cache: CachePair): Promise<boolean> {
  await cache.promote();
  await cache.follow();
  await sleep(demotedMs);
  await cache.promote();
  await cache.follow();
  return true;
}

function lead(processes: readonly LinkedProcess[], { primary }: CachePair): void {
  for (const { cache } of processes) cache.retarget(primary.port);
}

function resetConnections(processes: readonly LinkedProcess[]): void {
  for (const { cache } of processes) {
    cache.apply({ kind: "cut" });
    cache.apply(null);
  }
}

/** True where at least one copy is lost. */
function isLoss(bytes: number): boolean {
  return bytes >= PAYLOAD_CHARACTERS;
}
