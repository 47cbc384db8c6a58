/** Translates the SDK's errors and PartiQL's statement codes into the core's errors. */
import { CoreError, type ErrorCode } from "../errors.ts";

const THROTTLED: ReadonlySet<string> = new Set([
  "ProvisionedThroughputExceededException",
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded",
  "ThrottlingException",
  "ThrottlingError",
  "LimitExceededException",
]);

/** The request itself is at fault, so sending it again would change nothing. */
const REJECTED: ReadonlySet<string> = new Set([
  "ResourceNotFoundException",
  "ResourceNotFound",
  "ValidationException",
  "ValidationError",
  "AccessDeniedException",
  "AccessDenied",
  "ItemCollectionSizeLimitExceeded",
  "MissingAuthenticationTokenException",
]);

/**
 * The store answers these for credentials that are about to be renewed, were just renewed, or were signed by a clock
 * that was just set. The next call, with other credentials or another time, may be accepted.
 */
const CREDENTIALS: ReadonlySet<string> = new Set([
  "CredentialsProviderError",
  "TokenProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "TokenRefreshRequired",
  "RequestExpired",
  "RequestTimeTooSkewed",
  "InvalidSignatureException",
  "UnrecognizedClientException",
]);

/** True for an answer of an AWS service, or of the client itself, about credentials that may be right soon. */
export function isCredentialsHiccup(cause: unknown): boolean {
  return cause instanceof Error && CREDENTIALS.has(cause.name);
}

/**
 * The client's own names for an answer that did not come in time. It uses the same names for a connection that was
 * reset.
 */
const TIMED_OUT: ReadonlySet<string> = new Set(["TimeoutError", "RequestTimeout", "RequestTimeoutException"]);

/** True where fewer calls at once may help: the store asked for less, or did not answer in time. */
export function isOverload({ code, cause }: CoreError): boolean {
  return code === "STORE_THROTTLED" || (cause instanceof Error && TIMED_OUT.has(cause.name));
}

export function storeErrorOf(cause: unknown, doing: string): CoreError {
  if (cause instanceof CoreError) return cause;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  return storeError(error.name, error.message, doing, cause);
}

/** The core's error for one statement of a PartiQL batch. */
export function storeError(name: string, message: string, doing: string, cause?: unknown): CoreError {
  return new CoreError(codeOf(name), `store: ${doing}: ${name}: ${message}`, { cause });
}

function codeOf(name: string): ErrorCode {
  if (THROTTLED.has(name)) return "STORE_THROTTLED";
  return REJECTED.has(name) ? "STORE_REJECTED" : "STORE_UNAVAILABLE";
}
