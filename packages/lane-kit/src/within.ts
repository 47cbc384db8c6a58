/** The one race against a time limit. A step that takes longer is left behind, and its later failure is ignored. */
import type { Clock } from "@trilane/write-through";

export interface TimeLimit {
  readonly clock: Pick<Clock, "schedule">;
  readonly limitMs: number;
}

/** Whether the step has an end of either kind in time; never rejects. */
export async function isSettledWithin(step: Promise<unknown>, { clock, limitMs }: TimeLimit): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const cancel = clock.schedule(limitMs, () => late.resolve(false));
  try {
    return await Promise.race([settled(step).then(() => true), late.promise]);
  } finally {
    cancel();
  }
}

/**
 * The answer, or what it was rejected with.
 * @throws Error such as "no answer within 5000 ms", where `missing` is "no answer"
 */
export async function within<Value>(
  answer: Promise<Value>,
  limit: TimeLimit & { readonly missing: string },
): Promise<Value> {
  if (await isSettledWithin(answer, limit)) return answer;
  throw new Error(`${limit.missing} within ${limit.limitMs} ms`);
}

/** Resolves when the step has an end of either kind. */
export function settled(step: Promise<unknown>): Promise<void> {
  const ignore = (): void => undefined;
  return step.then(ignore, ignore);
}
