/**
 * The access log: one line of JSON on stderr for each request, with who asked
 * for how much of which groups, and without keys, values and tokens.
 *
 * A request does not wait for its line. Lines that the reader of stderr does not
 * take in time are kept up to a maximum of bytes; beyond it they are dropped and
 * counted. The level of the other logs does not change this one.
 */
import { randomBytes } from "node:crypto";
import { destination, type DestinationStream, pino } from "pino";
import type { Metrics } from "../metrics.ts";
import type { Settings } from "../settings/load-settings.ts";
import type { Verb } from "./rights-of-clients.ts";

export interface AccessEntry {
  /** Null for a token of nobody. */
  readonly client: string | null;
  readonly verb: Verb;
  /** Names of defined groups alone, because a client may ask for any text. */
  readonly groups: readonly string[];
  /** The number of keys or persons. */
  readonly keys: number;
  /** Null where the client went before its answer. */
  readonly status: number | null;
  readonly durationMs: number;
  /** The id of the request, which its answer has in the header `x-request-id`. */
  readonly request: string;
}

export type WriteAccess = (entry: AccessEntry) => void;

export interface AccessLogOptions {
  /** The program's name. */
  readonly name: string;
  readonly settings: Pick<Settings, "accessLog" | "accessFile">;
  readonly metrics: Pick<Metrics, "counter">;
}

export const REQUEST_ID_HEADER = "x-request-id";

const STDERR = 2;
const WAITING_BYTES_MAX = 1_048_576;
/** A pipe takes so many bytes at once, so no other log's line gets between them. */
const WRITE_BYTES_MAX = 4_096;
const ID_BYTES = 6;
const ID_RADIX = 36;

/** Null where the settings want no access log: by default it is on where there is a file of clients. */
export function openAccessLog({ name, settings, metrics }: AccessLogOptions): WriteAccess | null {
  const { accessLog = settings.accessFile === undefined ? "off" : "on" } = settings;
  if (accessLog === "off") return null;
  const dropped = metrics.counter("trilane_access_log_dropped_total", "Lines of the access log that nobody took", []);
  const stream = destination({ fd: STDERR, sync: false, maxLength: WAITING_BYTES_MAX, maxWrite: WRITE_BYTES_MAX });
  stream.on("drop", () => dropped.inc());
  return writeAccessTo(stream, name);
}

export function writeAccessTo(stream: DestinationStream, name: string): WriteAccess {
  const log = pino({ base: { name } }, stream);
  return (entry) => log.info(entry, "access");
}

/** Ids that no two requests of any process share, in the order of the requests of this process. */
export function requestIds(): () => string {
  const ofProcess = randomBytes(ID_BYTES).toString("hex");
  let count = 0;
  return () => `${ofProcess}-${(count++).toString(ID_RADIX)}`;
}
