/** One line for every change of the cache's epoch (what, why, who, how long it took), and for a clock that is wrong. */
import type { CoreEvent } from "@trilane/write-through";
import type { Logger } from "pino";

export function logCacheEpoch(event: CoreEvent, logger: Logger): void {
  if (event.type === "cache-epoch-changed") {
    const { from, to, reason, by, durationMs } = event;
    const before = from === null ? "nothing" : `epoch ${from.epoch} ${from.mode}`;
    const fields = { from, to, reason, by, durationMs: Math.round(durationMs) };
    logger.warn(fields, `changed the cache's epoch from ${before} to epoch ${to.epoch} ${to.mode}: ${reason}`);
  } else if (event.type === "cache-epoch-learned") {
    const { epoch, mode, leaseMs, configuredLeaseMs, reason, by } = event;
    logger.info({ epoch, mode, leaseMs, reason, by }, `the cache is ${mode}, epoch ${epoch}`);
    if (leaseMs !== configuredLeaseMs) {
      logger.warn(
        { leaseMs, configuredLeaseMs },
        `leases are ${leaseMs} ms long, as the record says; TRILANE_CACHE_LEASE_MS, ${configuredLeaseMs} ms, counts ` +
          "for a table's first epoch only: `trilane cache lease` changes it for all processes",
      );
    }
  } else if (event.type === "foreign-cache") {
    logger.error({ ...event.error.fields }, event.error.message);
  } else if (event.type === "clock") {
    if (event.error === null) logger.info("the store confirms this machine's clock again: the work goes on");
    else logger.error({ ...event.error.fields }, event.error.message);
  }
}
