/**
 * A process is ready when it can answer. A lost or switched-off cache does not
 * prevent that, since the process works with the store. Without the store it
 * can neither renew its lease nor read or write, and with a wrong clock it can
 * judge no record.
 */
import type { CoreError } from "@trilane/write-through";

/** Null when ready, otherwise the reason. Costs no call of a server. */
export function unreadyReason(parts: {
  readonly cacheEpoch: { readonly hindrance: CoreError | null };
  /** Fires when the shutdown begins. */
  readonly stopping: AbortSignal;
}): string | null {
  if (parts.stopping.aborted) return "the process is shutting down";
  const { hindrance } = parts.cacheEpoch;
  return hindrance === null ? null : `${hindrance.message} (${hindrance.code})`;
}
