/**
 * The closed list of the errors that end a load, or one of its units. Classify
 * by `code`, never by message.
 */
import { CodedError } from "@trilane/write-through";

/** Every code, and whether the same load may succeed if it is simply run again. */
const RETRYABLE = {
  /** The source's address, the manifest or the load id is wrong, or names objects that cannot be loaded. */
  INVALID_SOURCE: false,
  /** The source, or an object that its manifest names, may not be loaded here. */
  SOURCE_NOT_ALLOWED: false,
  /** An object's bytes do not fit its name: corrupt, truncated, encrypted, without a needed column. */
  OBJECT_UNREADABLE: false,
  /** An object was replaced or removed since the load began. */
  OBJECT_CHANGED: false,
  /** The object store and this process do not agree on TLS or certificates. */
  SOURCE_REFUSED: false,
  /** The object store gave no answer within all attempts. */
  SOURCE_UNAVAILABLE: true,
  /** Records came back `failed`: the store or the cache could not take them. */
  WRITE_FAILED: true,
  /** The checkpoints' table gave no answer within all attempts, or refused. */
  CHECKPOINT_UNAVAILABLE: true,
  /** Another process began the same load later, and goes on with it. */
  TAKEN_OVER: false,
  /** The signal fired; everything that was done is checkpointed. */
  INTERRUPTED: true,
  /** Rows were refused, and either no row was taken or more were refused than allowed. The others are loaded. */
  ROWS_REFUSED: false,
  /** Some units failed; all others are loaded and checkpointed. */
  UNITS_FAILED: false,
} as const;

export type LoadErrorCode = keyof typeof RETRYABLE;

export interface LoadErrorOptions {
  readonly cause?: unknown;
  /** The object as `s3://bucket/key`, where one object is the cause. */
  readonly object?: string;
}

export class LoadError extends CodedError<LoadErrorCode> {
  readonly object: string | null;

  constructor(code: LoadErrorCode, message: string, { cause, object }: LoadErrorOptions = {}) {
    super(code, message, { retryable: RETRYABLE[code], cause });
    this.object = object ?? null;
  }
}

/** The error of an object that cannot be decoded, with the fault and the remedy. */
export function unreadable(object: string, problem: string, cause?: unknown): LoadError {
  return new LoadError("OBJECT_UNREADABLE", `${object}: ${problem}`, { object, cause });
}
