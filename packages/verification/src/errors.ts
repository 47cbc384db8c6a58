/** The errors of this package: a closed list of codes. */

export type VerificationErrorCode =
  /** A line of a history that is not an operation. */
  "HISTORY_UNUSABLE";

export interface VerificationErrorFields {
  /** The line number, from 1. */
  readonly line: number;
  /** The remedy, as a sentence. */
  readonly remedy: string;
}

export class VerificationError extends Error {
  readonly code: VerificationErrorCode;
  /** The same call would fail again. */
  readonly retryable: boolean = false;
  readonly line: number;
  readonly remedy: string;

  constructor(code: VerificationErrorCode, message: string, fields: VerificationErrorFields) {
    super(`line ${fields.line}: ${message}. ${fields.remedy}`);
    this.name = "VerificationError";
    this.code = code;
    this.line = fields.line;
    this.remedy = fields.remedy;
  }
}
