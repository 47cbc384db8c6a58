/**
 * Writes events of the core as lines of the log. Events that are only counted
 * are listed as well.
 */
import type { CoreEvent } from "@trilane/write-through";
import { storeLimitsDefaults } from "@trilane/write-through/dynamodb";
import type { Logger } from "pino";

type EventOf<Type extends CoreEvent["type"]> = Extract<CoreEvent, { readonly type: Type }>;

/** The maximum of keys that one line names. */
const NAMED_MAX = 10;

export function logEvent(event: CoreEvent, logger: Logger): void {
  switch (event.type) {
    case "cache-epoch-changed":
      return logChanged(event, logger);
    case "cache-epoch-learned":
      return logLearned(event, logger);
    case "foreign-cache":
      return logger.error({ ...event.error.fields }, event.error.message);
    case "clock":
      return logClock(event, logger);
    case "store-window":
      return logStoreWindow(event, logger);
    case "entries-healed":
      return logHealed(event, logger);
    case "write-batch":
    case "read-batch":
    case "reduced":
    case "publish-unanswered":
    case "port-failed":
      return;
  }
}

function logChanged({ from, to, reason, by, durationMs }: EventOf<"cache-epoch-changed">, logger: Logger): void {
  const before = from === null ? "nothing" : `epoch ${from.epoch} ${from.mode}`;
  const fields = { from, to, reason, by, durationMs: Math.round(durationMs) };
  logger.warn(fields, `changed the cache's epoch from ${before} to epoch ${to.epoch} ${to.mode}: ${reason}`);
}

function logLearned(event: EventOf<"cache-epoch-learned">, logger: Logger): void {
  const { epoch, mode, leaseMs, configuredLeaseMs, reason, by } = event;
  logger.info({ epoch, mode, leaseMs, reason, by }, `the cache is ${mode}, epoch ${epoch}`);
  if (leaseMs === configuredLeaseMs) return;
  logger.warn(
    { leaseMs, configuredLeaseMs },
    `leases are ${leaseMs} ms long, as the record says; TRILANE_CACHE_LEASE_MS, ${configuredLeaseMs} ms, counts ` +
      "for a table's first epoch only: `trilane cache lease` changes it for all processes",
  );
}

function logClock({ error }: EventOf<"clock">, logger: Logger): void {
  if (error === null) logger.info("the store confirms this machine's clock again: the work goes on");
  else logger.error({ ...error.fields }, error.message);
}

/** Logs when this process sends the store fewer calls at once, and when it sends as many again as at its start. */
function logStoreWindow({ from, calls }: EventOf<"store-window">, logger: Logger): void {
  if (calls < from) {
    logger.warn({ from, calls }, `the store throttles or is slow: ${calls} calls at once instead of ${from}`);
  } else if (calls === storeLimitsDefaults.callsAtStart) {
    logger.info({ from, calls }, `the store keeps up: ${calls} calls at once`);
  }
}

function logHealed({ keys }: EventOf<"entries-healed">, logger: Logger): void {
  logger.warn(
    { keys: keys.slice(0, NAMED_MAX), healed: keys.length },
    "the cache held what is not an entry, or a damaged one: answered from the store, and removed. Does another program write there?",
  );
}
