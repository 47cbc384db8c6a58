/** The errors that end a command, and the exit code of any thrown value. */
import { exitCodeOf as laneExitCodeOf, withoutArguments } from "@trilane/lane-kit";
import { EXIT } from "./exit-codes.ts";

/** The closed list, each with its exit code. */
const EXIT_OF = {
  /** An argument names something that does not exist, or holds an impossible value. */
  USAGE: EXIT.usage,
  /** The environment has no addresses, and `trilane up` has started no servers. */
  NO_SERVERS: EXIT.usage,
  /** A local file cannot be read or uploaded. */
  UPLOAD_FAILED: EXIT.failure,
  /** A started program ended by a signal, or did not start. */
  CHILD_FAILED: EXIT.failure,
} as const;

export type CliErrorCode = keyof typeof EXIT_OF;

export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly exitCode: number;

  constructor(code: CliErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CliError";
    this.code = code;
    this.exitCode = EXIT_OF[code];
  }
}

export function usageError(message: string): CliError {
  return new CliError("USAGE", message);
}

export function exitCodeOf(error: unknown): number {
  return error instanceof CliError ? error.exitCode : laneExitCodeOf(error);
}

export function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

/** The remedies of the core's errors, for the person at the terminal. */
const REMEDIES: Readonly<Partial<Record<string, string>>> = {
  CACHE_LOST: "The cache was emptied, restarted or replaced. A new epoch begins by itself: `trilane cache status`.",
  CACHE_EPOCH_UNSETTLED: "The cache is being switched off and on: `trilane cache status`.",
  CACHE_UNAVAILABLE: "Is the cache running? `trilane status` shows it.",
  STORE_UNAVAILABLE: "Is the store running? `trilane status` shows it.",
  QUEUE_FULL: "Is a worker running? `trilane status` shows the queue's server.",
  QUEUE_UNAVAILABLE: "Is the queue running? `trilane status` shows it.",
};

/** The message as it is shown, with the remedy. */
export function shownError(error: unknown): string {
  if (!(error instanceof Error)) return withoutArguments(String(error));
  const code = codeOf(error);
  const message = withoutArguments(error.message);
  const text = code === null || error instanceof CliError ? message : `${message} (${code})`;
  const remedy = remedyOf(error, code);
  return remedy === undefined ? text : `${text}\n${remedy}`;
}

function remedyOf(error: Error, code: string | null): string | undefined {
  if (isMissingTable(error)) return "There is no such table yet: run `trilane apply`.";
  return code === null ? undefined : REMEDIES[code];
}

function isMissingTable(error: unknown): boolean {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause.name === "ResourceNotFoundException") return true;
  }
  return false;
}
