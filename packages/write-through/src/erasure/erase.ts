/**
 * Brings erasures into force: announces them, waits until every process with a
 * lease knows them, and then lets them count.
 *
 * A crash after the announcement leaves erasures that writers refuse by and
 * readers do not. They come into force with the next erasure, because all
 * before it do, or by {@link enforceAnnounced}, which every worker calls.
 */
import type { CacheEpochAccess } from "../ports/cache-epoch-access.ts";
import type { Clock } from "../ports/clock.ts";
import type { ErasureEntry, ErasureRequest, ErasureStore } from "../ports/erasures.ts";
import { CLOCK_RATE_MARGIN } from "../protocol/cache-epoch-rules.ts";
import { CoreError } from "../errors.ts";

export interface ErasePorts {
  readonly erasures: ErasureStore;
  readonly cacheEpoch: Pick<CacheEpochAccess, "look" | "known">;
  readonly clock: Pick<Clock, "sleep">;
  /** Called between the announcement and the moment when the erasures come into force. */
  readonly keepElsewhere?: (entries: readonly ErasureEntry[]) => Promise<void>;
}

/**
 * Returns when the erasures are in force: from then on no read anywhere gives what they cover.
 * @throws CoreError of the store; the outcome is then unknown, and the same requests may be sent again
 */
export async function erase(requests: readonly ErasureRequest[], ports: ErasePorts): Promise<readonly ErasureEntry[]> {
  const entries = await ports.erasures.announce(requests);
  await ports.keepElsewhere?.(entries);
  await enforceUpTo(Math.max(...entries.map(({ number }) => number)), ports);
  return entries;
}

/** Brings into force what an eraser announced that did not come to it. Returns the last number in force. */
export async function enforceAnnounced(ports: ErasePorts): Promise<number> {
  const { last, inForce } = await ports.erasures.readState();
  if (last > inForce) {
    await ports.keepElsewhere?.(await ports.erasures.readEntries(inForce, last));
    await enforceUpTo(last, ports);
  }
  return last;
}

async function enforceUpTo(number: number, { erasures, cacheEpoch, clock }: ErasePorts): Promise<void> {
  // The terms are read after the announcement, so they cover every lease that is older.
  await cacheEpoch.look();
  const { known } = cacheEpoch;
  if (known === null) throw new CoreError("STORE_UNAVAILABLE", "the table has no cache epoch record yet");
  await clock.sleep(Math.ceil(known.terms.waitMs * (1 + CLOCK_RATE_MARGIN)));
  await erasures.enforce(number);
}
