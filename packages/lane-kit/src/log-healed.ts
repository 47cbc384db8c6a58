/** A line when a read found what is not an entry in the cache: another program writes there, or memory is bad. */
import type { CoreEvent } from "@trilane/write-through";
import type { Logger } from "pino";

/** Keys named in one line. */
const NAMED_MAX = 10;

export function logHealed(event: CoreEvent, logger: Logger): void {
  if (event.type !== "entries-healed") return;
  const keys = event.keys.slice(0, NAMED_MAX);
  logger.warn(
    { keys, healed: event.keys.length },
    "the cache held what is not an entry, or a damaged one: answered from the store, and removed. Does another program write there?",
  );
}
