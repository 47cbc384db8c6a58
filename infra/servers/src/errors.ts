/**
 * What can go wrong while servers are fetched, started or stopped. The list of
 * codes is closed: callers decide by code, never by message.
 */

export type ServersErrorCode =
  /** A program that cannot be fetched (a JDK, Maven, Docker) is not there. */
  | "missing-tool"
  /** Maven, javac or the Debian mirror failed. */
  | "fetch-failed"
  /** The asked-for engine has no binary for this machine. */
  | "engine-unavailable"
  /** The server's process ended before it answered. */
  | "exited"
  /** The server did not answer by its own protocol in time. */
  | "not-ready"
  /** No port could be had, or another process listens on it. */
  | "port-taken"
  /** An operation that needs a running server found none. */
  | "not-running"
  /** Data cannot be kept by a server that holds it in memory only. */
  | "data-not-kept"
  /** `docker compose up` failed. */
  | "docker-failed"
  /** The detached set could not be started or stopped. */
  | "detached-failed"
  /** A setting has a value that means nothing. */
  | "invalid-setting";

export class ServersError extends Error {
  readonly code: ServersErrorCode;

  constructor(code: ServersErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ServersError";
    this.code = code;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
