/**
 * Heals keys under which a read found a value that is not an entry: another
 * program's bytes, or a damaged copy. Exactly the value that was seen is
 * removed; the read then goes on as if it had found nothing.
 *
 * A foreign value may have replaced a fence. So a heal counts as the loss of an
 * entry, which the protocol tolerates or names as a residual. A crash after the
 * heal leaves the key uncached.
 */
import type { CoreError } from "../errors.ts";
import { paired } from "../by-position.ts";
import type { CorePorts } from "../ports/core-ports.ts";
import type { ForeignEntry } from "../protocol/entry.ts";
import type { PendingRead } from "./pending-read.ts";

export interface ForeignRead {
  readonly pending: PendingRead;
  readonly seen: ForeignEntry;
}

export interface HealOutcome {
  readonly healed: readonly PendingRead[];
  readonly failed: readonly { readonly pending: PendingRead; readonly error: CoreError }[];
}

export async function healEntries(
  reads: readonly ForeignRead[],
  epoch: number,
  { cache, emit }: CorePorts,
): Promise<HealOutcome> {
  const commands = reads.map(({ pending, seen }) => ({ key: pending.key, seen }));
  const replies = await cache.heal(epoch, commands);
  const healed: PendingRead[] = [];
  const failed: { readonly pending: PendingRead; readonly error: CoreError }[] = [];
  for (const [{ pending }, reply] of paired(reads, replies)) {
    if (reply.kind === "settled") healed.push(pending);
    else failed.push({ pending, error: reply.error });
  }
  if (healed.length > 0) emit({ type: "entries-healed", keys: healed.map(({ key }) => key) });
  return { healed, failed };
}
