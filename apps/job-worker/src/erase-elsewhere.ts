/**
 * Removes what lies outside of the table of erased persons: in the queue, and
 * in the place of the batch lane's dead letters. The log keeps what was gone
 * through, and how much of it nobody can read.
 */
import { eraseLettersIn, letterPlaceOf } from "@trilane/batch-loader";
import type { Platform } from "@trilane/lane-kit";
import { eraseFromQueueOf } from "./erase-queue.ts";

/** @throws JobError QUEUE_UNAVAILABLE, QUEUE_EVICTS; the object store's error */
export async function eraseElsewhere(
  platform: Pick<Platform, "settings" | "config" | "subjects" | "coreWriter" | "logger">,
  options: { readonly queue?: string | undefined; readonly nowMs: number },
): Promise<void> {
  const { logger, settings } = platform;
  const jobs = await eraseFromQueueOf(platform, options);
  logger.info({ ...jobs }, "the queue holds nothing of erased persons");
  const place = letterPlaceOf(settings);
  for (const letters of await eraseLettersIn(place === null ? [] : [place], platform)) {
    logger.info(letters, "the dead letters of loads hold nothing of erased persons");
  }
}
