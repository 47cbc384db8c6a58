/**
 * Whether a server was heard of while a command had no answer in time.
 *
 * A timeout alone says little. After a stall of the event loop the timer fires
 * before the sockets are read, although the answer has been there for long; and
 * a large answer may still be coming. So one poll phase passes first, and then
 * any byte that came since the command was sent shows a server that is slow, or
 * a process that is, but no silence. Only silence switches the cache off.
 */
import type { Redis } from "ioredis";
import { CoreError } from "../errors.ts";
import { afterPollPhase } from "../system-clock.ts";
import type { CommandResult } from "./cache-routing.ts";

export interface Hearing {
  /** The results, with `CACHE_SLOW` in place of a missing answer where the server was heard of meanwhile. */
  judge(results: readonly CommandResult[]): Promise<readonly CommandResult[]>;
}

/** To be called before anything is sent. */
export function listenTo(client: Redis): Hearing {
  const stream = streamOf(client);
  const heardBytes = stream?.bytesRead ?? 0;
  return {
    async judge(results) {
      if (!results.some(([error]) => isUnanswered(error))) return results;
      await afterPollPhase();
      const isHeard = stream !== null && stream === streamOf(client) && stream.bytesRead > heardBytes;
      return isHeard ? results.map((result) => (isUnanswered(result[0]) ? [slow(result[0]), null] : result)) : results;
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

function slow(cause: unknown): CoreError {
  return new CoreError("CACHE_SLOW", "the cache answers, but not this command in time", { cause });
}
