/**
 * The errors of fetching, starting and stopping servers. The list of codes is
 * closed: callers decide by code, never by message.
 */

export type ServersErrorCode =
  /** A program that cannot be fetched (a JDK, Maven, Docker) is missing. */
  | "missing-tool"
  /** Maven, javac or the Debian mirror failed. */
  | "fetch-failed"
  /** There is no binary of the requested engine for this machine. */
  | "engine-unavailable"
  /** The server's process ended before it answered. */
  | "exited"
  /** The server did not answer by its own protocol in time. */
  | "not-ready"
  /** SIGSTOP did not reach every thread of the server in time. */
  | "not-stopped"
  /** No port was free, or another process listens on it. */
  | "port-taken"
  /** An operation that needs a running server found none. */
  | "not-running"
  /** A server that holds its data only in memory cannot keep it. */
  | "data-not-kept"
  /** `docker compose up` failed. */
  | "docker-failed"
  /** The detached set could not be started or stopped. */
  | "detached-failed"
  /** A setting has a value without a meaning. */
  | "invalid-setting";

export class ServersError extends Error {
  readonly code: ServersErrorCode;

  constructor(code: ServersErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ServersError";
    this.code = code;
  }
}

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
