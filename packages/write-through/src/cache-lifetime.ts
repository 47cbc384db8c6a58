/** The lifetime of clean copies in the cache. */
import type { CorePorts } from "./ports/core-ports.ts";
import type { StoredCopy } from "./ports/store.ts";

export interface CacheLifetime {
  /**
   * Milliseconds that a copy of a record, or of a tombstone, lives at most. It may be long: reads stay fresh without
   * it.
   */
  readonly ttlMs: number;
  /** Milliseconds that the answer "the store has no such record" lives at most. */
  readonly negativeTtlMs: number;
  /**
   * A random part of the lifetime, up to this share of it (0 to 1), is taken off, so that entries that were filled
   * together do not expire together.
   */
  readonly jitter: number;
}

interface LifetimePorts extends Pick<CorePorts, "copies" | "random"> {
  readonly cacheEpoch: Pick<CorePorts["cacheEpoch"], "erasures" | "timeOfDay">;
}

export const cacheLifetimeDefaults: CacheLifetime = {
  ttlMs: 24 * 3_600_000,
  negativeTtlMs: 300_000,
  jitter: 0.1,
};

/**
 * Whole milliseconds, never past the record's own expiry; 0 for a copy that is expired or erased, and where no server
 * confirms the time.
 */
export function lifetimeOf(key: string, copy: StoredCopy, lifetime: CacheLifetime, ports: LifetimePorts): number {
  const { cacheEpoch, copies, random } = ports;
  const time = cacheEpoch.timeOfDay();
  if (time.kind === "unconfirmed") return 0;
  const { version, body } = copy;
  const longestMs = body === null ? lifetime.negativeTtlMs : lifetime.ttlMs;
  const jitteredMs = longestMs * (1 - lifetime.jitter * random());
  if (body === null) return Math.max(0, Math.floor(jitteredMs));
  if (cacheEpoch.erasures.refuses(copies.subjectOf(body) ?? undefined, version)) return 0;
  // A tombstone has no payload that could expire, and stays as long as the store keeps it.
  const expiresAtMs =
    body.payload === null ? body.expiresAtMs : Math.min(body.expiresAtMs, copies.expiresAtMs(key, copy));
  return Math.max(0, Math.floor(Math.min(jitteredMs, expiresAtMs - time.nowMs)));
}
