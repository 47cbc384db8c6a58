/**
 * Logs the warnings of a client that tries again many times a second. The same
 * warning is logged only from time to time, with its number.
 */
import type { Platform } from "@trilane/lane-kit";

export type Warn = (error: Error, text: string) => void;

const QUIET_MS = 10_000;
const KNOWN_MAX = 100;

interface Seen {
  readonly sinceMs: number;
  repeated: number;
}

export function quietWarnings({ clock, logger }: Pick<Platform, "clock" | "logger">): Warn {
  const seen = new Map<string, Seen>();
  return (error, text) => {
    const name = `${text} ${error.message}`;
    const before = seen.get(name);
    const nowMs = clock.monotonicMs();
    if (before !== undefined && nowMs - before.sinceMs < QUIET_MS) {
      before.repeated += 1;
      return;
    }
    if (seen.size >= KNOWN_MAX) seen.clear();
    seen.set(name, { sinceMs: nowMs, repeated: 0 });
    const repeated = before?.repeated ?? 0;
    logger.warn(repeated === 0 ? { err: error } : { err: error, repeated }, text);
  };
}
