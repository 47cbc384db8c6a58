/** One line for every change of the cache's regime: what, why, who, how long it took. */
import type { CoreEvent } from "@trilane/write-through";
import type { Logger } from "pino";

export function logRegime(event: CoreEvent, logger: Logger): void {
  if (event.type === "regime-changed") {
    const { from, to, reason, by, durationMs } = event;
    const before = from === null ? "nothing" : `epoch ${from.epoch} ${from.mode}`;
    const fields = { from, to, reason, by, durationMs: Math.round(durationMs) };
    logger.warn(fields, `changed the cache's regime from ${before} to epoch ${to.epoch} ${to.mode}: ${reason}`);
  } else if (event.type === "regime-learned") {
    const { epoch, mode, reason, by } = event;
    logger.info({ epoch, mode, reason, by }, `the cache is ${mode}, epoch ${epoch}`);
  }
}
