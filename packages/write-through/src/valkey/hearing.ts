/**
 * Whether a server was heard of while a command had no answer in time.
 *
 * A timeout alone says little. After a stall of the event loop the timer fires
 * before the sockets are read, although the answer has been there for long; and
 * a large answer may still be coming. So one poll phase passes first, and then
 * any byte that came since the command was sent shows that it was no silence. A
 * timer that fired late tells a process that stood still from a slow server.
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
   * The results, with `CACHE_SLOW` or `PROCESS_STALLED` in place of a missing answer where the server was heard of
   * meanwhile.
   */
  judge(results: readonly CommandResult[]): Promise<readonly CommandResult[]>;
}

/** To be called before anything is sent. */
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

/** The client's own error: what the server says has another name. A connection that broke has no stream to compare. */
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.name !== "ReplyError" && !(error instanceof CoreError);
}

function stalled(cause: unknown): CoreError {
  return new CoreError("PROCESS_STALLED", "this process stood still while the cache answered", { cause });
}

function slow(cause: unknown): CoreError {
  return new CoreError("CACHE_SLOW", "the cache answers, but not this command in time", { cause });
}
