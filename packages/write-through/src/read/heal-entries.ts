/**
 * Heals what a read met under its keys and what is not an entry: another
 * program's bytes, or a copy that was damaged. Exactly what was seen is
 * removed; the read then goes on as one that met nothing.
 *
 * Something foreign may stand where a fence was, so a heal counts for the loss
 * of an entry, which the protocol bears or names as a residual. A crash after
 * it leaves the key uncached.
 */
import type { Inquiry } from "./pending-read.ts";
import type { CacheFailure, CacheHeal } from "../ports/cache.ts";
import type { ForeignEntry } from "../protocol/entry.ts";
import type { ReaderPorts } from "./reader.ts";
import { CoreError } from "../errors.ts";

export interface ForeignMet {
  readonly inquiry: Inquiry;
  readonly seen: ForeignEntry;
}

export interface Healed {
  readonly healed: readonly Inquiry[];
  readonly failed: readonly { readonly inquiry: Inquiry; readonly error: CoreError }[];
}

export async function healAll(met: readonly ForeignMet[], epoch: number, ports: ReaderPorts): Promise<Healed> {
  const commands = met.map(({ inquiry, seen }): CacheHeal => ({ key: inquiry.key, seen }));
  const replies = await ports.cache.heal(epoch, commands);
  const healed: Inquiry[] = [];
  const failed: { readonly inquiry: Inquiry; readonly error: CoreError }[] = [];
  met.forEach(({ inquiry }, index) => {
    const reply = replies[index] ?? unreplied(inquiry.key);
    if (reply.kind === "settled") healed.push(inquiry);
    else failed.push({ inquiry, error: reply.error });
  });
  if (healed.length > 0) ports.emit({ type: "entries-healed", keys: healed.map(({ key }) => key) });
  return { healed, failed };
}

function unreplied(key: string): CacheFailure {
  return { kind: "failed", error: new CoreError("CACHE_UNAVAILABLE", `the cache gave no reply for "${key}"`) };
}
