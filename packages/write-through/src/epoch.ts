/**
 * Epochs: which life of the cache a process works in.
 *
 * The regime record in the store names the epoch; a guard in the cache says
 * that the cache is still the one that the epoch began with. A cache that was
 * flushed, restarted, replaced or demoted has no guard or another one: every
 * command answers CACHE_LOST, nothing is written unfenced, nothing is served.
 * Only a new epoch, begun when no process works in the old one, ends that.
 */
import { CoreError } from "./errors.ts";
import type { Cache } from "./ports/cache.ts";
import type { RegimeRecord } from "./ports/store.ts";

export interface EpochPorts {
  readonly regime: RegimeRecord;
  readonly cache: Cache;
}

/**
 * The epoch to work in: the one in force, or the first where none was.
 * @throws CoreError CACHE_LOST when the cache is not the one of the epoch in force.
 */
export async function openEpoch(ports: EpochPorts): Promise<number> {
  const inForce = await ports.regime.readEpoch();
  if (inForce === null) return beginEpoch(ports, null);
  const reply = await ports.cache.check(inForce);
  if (reply.kind === "failed") throw reply.error;
  return inForce;
}

/**
 * Begins a new epoch on whatever the cache is now; all that it holds counts as absent from then on.
 * Call it only while no lane and no reader runs: they would go on in the old one.
 */
export async function renewEpoch(ports: EpochPorts): Promise<number> {
  return beginEpoch(ports, await ports.regime.readEpoch());
}

async function beginEpoch(ports: EpochPorts, from: number | null): Promise<number> {
  const epoch = (from ?? 0) + 1;
  if (!(await ports.regime.advanceEpoch(from, epoch))) return adoptEpoch(ports);
  const reply = await ports.cache.begin(epoch);
  if (reply.kind === "failed") throw reply.error;
  return epoch;
}

/** Another process began the epoch at the same moment; its guard may be a moment behind its record. */
async function adoptEpoch(ports: EpochPorts): Promise<number> {
  const epoch = await ports.regime.readEpoch();
  if (epoch === null) throw new CoreError("STORE_CORRUPT", "the regime record vanished while an epoch began");
  for (let attempt = 1; ; attempt += 1) {
    const reply = await ports.cache.check(epoch);
    if (reply.kind !== "failed") return epoch;
    if (attempt === ADOPT_CHECKS_MAX) throw reply.error;
  }
}

const ADOPT_CHECKS_MAX = 200;
