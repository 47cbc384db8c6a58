/**
 * Sends records to a writer, and sends failed records again.
 *
 * Sending a record again is safe even if it was stored, because its version is
 * the same. So a lane need not remember what it sent. After a crash between two
 * attempts, the lane's source delivers the record again.
 */
import { type Backoff, fullJitterMs } from "../backoff.ts";
import { decided, fillGaps, open, paired } from "../by-position.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { Receipt } from "./receipts.ts";

/** How often a failed record is sent again, with full jitter between the attempts. */
export interface RetryPolicy extends Backoff {
  /** Attempts in all. */
  readonly attemptsMax: number;
}

/** The attempts last about a minute in all. */
export const retryDefaults: RetryPolicy = { attemptsMax: 12, baseMs: 100, maxMs: 10_000 };

/** The attempts last about an hour in all. For a sender that can do nothing but wait for the store. */
export const outageRetry: RetryPolicy = { ...retryDefaults, attemptsMax: 720 };

export interface SendPorts<Item> {
  /** One receipt per item, in order. */
  readonly send: (items: readonly Item[]) => Promise<readonly Receipt[]>;
  readonly clock: Clock;
  readonly random: Random;
}

export interface SendOptions {
  readonly retry?: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One receipt per item, in order: the last one of each. Receipts are still `failed` when the attempts are over, an
 * error is not retryable, or the signal fires.
 */
export async function sendUntilSettled<Item>(
  { send, clock, random }: SendPorts<Item>,
  items: readonly Item[],
  { retry = retryDefaults, signal }: SendOptions = {},
): Promise<readonly Receipt[]> {
  let receipts = await send(items);
  for (let attempt = 1; attempt < retry.attemptsMax; attempt += 1) {
    if (signal?.aborted === true || !isWorthAnotherAttempt(receipts)) break;
    // An abort ends the wait early. `send` itself then refuses what is sent.
    await clock.sleep(fullJitterMs(retry, attempt - 1, random), signal).catch(() => undefined);
    const slots = paired(items, receipts).map(([item, receipt]) =>
      receipt.status === "failed" ? open(item) : decided(receipt),
    );
    receipts = await fillGaps(slots, send);
  }
  return receipts;
}

/** True where something failed, and no failure is final. */
function isWorthAnotherAttempt(receipts: readonly Receipt[]): boolean {
  let isAnyFailed = false;
  for (const receipt of receipts) {
    if (receipt.status !== "failed") continue;
    if (!receipt.error.retryable) return false;
    isAnyFailed = true;
  }
  return isAnyFailed;
}
