/** A line when this process sends the store less at once, and when it may send as much as ever again. */
import type { CoreEvent } from "@trilane/write-through";
import { storeLimitsDefaults } from "@trilane/write-through/dynamodb";
import type { Logger } from "pino";

export function logStore(event: CoreEvent, logger: Logger): void {
  if (event.type !== "store-window") return;
  const { from, calls } = event;
  if (calls < from) {
    logger.warn({ from, calls }, `the store throttles or is slow: ${calls} calls at once instead of ${from}`);
  } else if (calls === storeLimitsDefaults.callsAtStart) {
    logger.info({ from, calls }, `the store keeps up: ${calls} calls at once`);
  }
}
