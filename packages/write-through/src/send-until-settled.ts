/**
 * Sends records to a writer, and the failed ones again.
 *
 * Sending a record again is safe, whatever became of it: its version is the
 * same. So a lane needs no memory of what it sent; a crash between two attempts
 * is a redelivery by the lane's source.
 */
import type { Clock, Random } from "./ports/clock.ts";
import type { Receipt } from "./receipts.ts";

export interface RetryPolicy {
  /** Attempts in all. */
  readonly attemptsMax: number;
  /** Milliseconds before the second attempt; doubled each time, with full jitter. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** About a minute in all. */
export const retryDefaults: RetryPolicy = { attemptsMax: 12, baseMs: 100, maxMs: 10_000 };

/** About an hour in all: for whoever has nothing better to do than wait for the store. */
export const outageRetry: RetryPolicy = { ...retryDefaults, attemptsMax: 720 };

export interface SendParts<Item> {
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
 * One receipt per item, in order: the last of each. `failed` ones are left when the attempts are
 * over, an error is not retryable, or the signal fires.
 */
export async function sendUntilSettled<Item>(
  parts: SendParts<Item>,
  items: readonly Item[],
  { retry = retryDefaults, signal }: SendOptions = {},
): Promise<readonly Receipt[]> {
  const receipts = [...(await parts.send(items))];
  for (let attempt = 1; attempt < retry.attemptsMax; attempt += 1) {
    const failed = retryable(receipts);
    if (failed.length === 0 || signal?.aborted === true) break;
    await backOff(parts, attempt, retry, signal);
    const again = failed.flatMap((index) => items[index] ?? []);
    const next = await parts.send(again);
    failed.forEach((index, position) => {
      const receipt = next[position];
      if (receipt !== undefined) receipts[index] = receipt;
    });
  }
  return receipts;
}

/** The positions of the failed receipts; none as soon as one of them can never succeed. */
function retryable(receipts: readonly Receipt[]): readonly number[] {
  const failed: number[] = [];
  for (const [index, receipt] of receipts.entries()) {
    if (receipt.status !== "failed") continue;
    if (!receipt.error.retryable) return [];
    failed.push(index);
  }
  return failed;
}

async function backOff(
  { clock, random }: Pick<SendParts<unknown>, "clock" | "random">,
  attempt: number,
  { baseMs, maxMs }: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** (attempt - 1));
  // An abort ends the wait; the loop then sees it.
  await clock.sleep(random() * ceilingMs, signal).catch(() => undefined);
}
