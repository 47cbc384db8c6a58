/**
 * Finds out whether any bytes came from a server while a command had no answer
 * in time.
 *
 * A timeout alone proves little. After a stall of the event loop the timer
 * fires before the sockets are read, although the answer came long ago. A large
 * answer may still be arriving. So one poll phase passes first; then any byte
 * that came after the command was sent proves that the server was not silent. A
 * timer that fired late distinguishes a process that stood still from a slow
 * server.
 */
import type { Redis } from "ioredis";
import { CoreError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { afterPollPhase } from "../system-clock.ts";
import type { CommandResult } from "./cache-routing.ts";

/** By how much a timer may be late in a process that does not stand still. */
const TIMER_LATE_MS_MAX = 50;

export interface Hearing {
  /**
   * Returns the results. Where bytes came from the server meanwhile, `CACHE_SLOW` or `PROCESS_STALLED` replaces a
   * missing answer.
   */
  judge(results: readonly CommandResult[]): Promise<readonly CommandResult[]>;
}

/** To call before anything is sent. */
export function listenTo(client: Redis, clock: Pick<Clock, "monotonicMs">): Hearing {
  const stream = streamOf(client);
  const sentMs = clock.monotonicMs();
  const latestMs = sentMs + (client.options.commandTimeout ?? Number.POSITIVE_INFINITY) + TIMER_LATE_MS_MAX;
  const heardBytes = stream?.bytesRead ?? 0;
  return {
    async judge(results) {
      if (!results.some(([error]) => isUnanswered(error))) return results;
      const isStalled = clock.monotonicMs() > latestMs;
      await afterPollPhase();
      const isHeard = stream !== null && stream === streamOf(client) && stream.bytesRead > heardBytes;
      if (!isHeard) return results;
      const late = isStalled ? stalled : slow;
      return results.map((result) => (isUnanswered(result[0]) ? [late(result[0]), null] : result));
    },
  };
}

interface CountingStream {
  readonly bytesRead: number;
}

/** Null where there is no connection. */
function streamOf(client: Redis): CountingStream | null {
  const stream: unknown = Reflect.get(client, "stream");
  const isCounting = typeof stream === "object" && stream !== null && "bytesRead" in stream;
  return isCounting && typeof stream.bytesRead === "number" ? (stream as CountingStream) : null;
}

/**
 * The error is the client's own: the server's errors have other names. A connection that broke has no stream to
 * compare.
 */
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.name !== "ReplyError" && !(error instanceof CoreError);
}

function stalled(cause: unknown): CoreError {
  return new CoreError("PROCESS_STALLED", "this process stood still while the cache answered", { cause });
}

function slow(cause: unknown): CoreError {
  return new CoreError("CACHE_SLOW", "the cache answers, but not this command in time", { cause });
}
