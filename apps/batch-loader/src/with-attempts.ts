/** Repeats a call of the AWS SDK that may succeed later, with backoff and jitter. */
import { SettingsError } from "@trilane/lane-kit";
import { type Backoff, type Clock, fullJitterMs, type Random } from "@trilane/write-through";
import { isCredentialsHiccup } from "@trilane/write-through/dynamodb";

export interface AttemptOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly attemptsMax: number;
  /** When it fires, the wait for another attempt ends with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The pauses between two attempts. */
export const ATTEMPT_BACKOFF: Backoff = { baseMs: 100, maxMs: 5_000 };
const CLIENT_ERROR_MIN = 400;
const CLIENT_ERROR_MAX = 499;
const TIMEOUT = 408;
const TOO_MANY = 429;
/** Answers with a client error's status that are worth another attempt. */
const TRANSIENT = new Set([
  "LimitExceededException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "RequestTimeout",
  "SlowDown",
  "ThrottlingException",
  "TransactionConflictException",
  "TransactionInProgressException",
]);

export async function withAttempts<Answer>(options: AttemptOptions, call: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= options.attemptsMax || !isTransient(error)) throw error;
      options.signal?.throwIfAborted();
      await options.clock.sleep(fullJitterMs(ATTEMPT_BACKOFF, attempt, options.random), options.signal);
    }
  }
}

/** True where another attempt at the same call of the AWS SDK may succeed. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof SettingsError) return false;
  if (TRANSIENT.has(error.name) || isCredentialsHiccup(error)) return true;
  const reasons = (error as { readonly CancellationReasons?: readonly { readonly Code?: string }[] })
    .CancellationReasons;
  if (reasons !== undefined) return reasons.every(({ Code }) => Code !== "ConditionalCheckFailed");
  const status = httpStatusOf(error) ?? 0;
  if (status === TIMEOUT || status === TOO_MANY) return true;
  return status < CLIENT_ERROR_MIN || status > CLIENT_ERROR_MAX;
}

/** The status of a service's answer; null where there was none. */
export function httpStatusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("$metadata" in error)) return null;
  const metadata = error.$metadata as { readonly httpStatusCode?: number } | undefined;
  return metadata?.httpStatusCode ?? null;
}
