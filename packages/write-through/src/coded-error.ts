/**
 * The base of all errors that callers tell apart. Each package has a closed
 * list of codes, and says for each whether the same call may succeed later.
 * Classify by `code`, never by message.
 */

export interface CodedErrorOptions {
  readonly retryable: boolean;
  readonly cause?: unknown;
}

export abstract class CodedError<Code extends string> extends Error {
  readonly code: Code;
  readonly retryable: boolean;

  constructor(code: Code, message: string, { retryable, cause }: CodedErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
  }
}

/** The message of any thrown value. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
