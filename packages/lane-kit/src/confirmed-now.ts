/**
 * "Now" as the event time of a record. It is the time that the store's server
 * confirms, never this machine's clock alone: a clock that is a day ahead would
 * give a record that wins over every right one until tomorrow.
 */
import type { TimeOfDay } from "@trilane/write-through";

/** Milliseconds since 1970. @throws CoreError CLOCK_UNCONFIRMED, which may pass by itself */
export function confirmedNowMs({ cacheEpoch }: { readonly cacheEpoch: { timeOfDay(): TimeOfDay } }): number {
  const time = cacheEpoch.timeOfDay();
  if (time.kind === "unconfirmed") throw time.error;
  return time.nowMs;
}
