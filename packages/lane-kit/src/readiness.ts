/**
 * Ready means: this process can answer. A cache that is lost or switched off
 * does not hinder it, since it goes on by the store. Without the store it can
 * neither renew its lease nor read or write.
 */
import type { CoreError } from "@trilane/write-through";

/** Null when ready, else the reason. Costs no call of a server. */
export function unreadyReason(parts: {
  readonly regime: { readonly unconfirmed: CoreError | null };
  /** Fires when the shutdown begins. */
  readonly stopping: AbortSignal;
}): string | null {
  if (parts.stopping.aborted) return "the process is shutting down";
  const { unconfirmed } = parts.regime;
  if (unconfirmed === null) return null;
  if (unconfirmed.code === "CLOCK_UNCONFIRMED") return unconfirmed.message;
  return `the store has not confirmed the cache's regime within its lease (${unconfirmed.code})`;
}
