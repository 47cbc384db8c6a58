/**
 * The one race against a time limit. A step that takes longer is left alone,
 * and its later failure is ignored.
 */
import type { Clock } from "@trilane/write-through";

export interface TimeLimit {
  readonly clock: Pick<Clock, "schedule">;
  readonly limitMs: number;
}

/** True where the step resolves or rejects in time; never rejects. */
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
 * Resolves or rejects as `answer` does.
 * @throws Error such as "no answer within 5000 ms", where `missing` is "no answer"
 */
export async function within<Value>(
  answer: Promise<Value>,
  limit: TimeLimit & { readonly missing: string },
): Promise<Value> {
  if (await isSettledWithin(answer, limit)) return answer;
  throw new Error(`${limit.missing} within ${limit.limitMs} ms`);
}

/** Resolves when the step has resolved or rejected. */
export function settled(step: Promise<unknown>): Promise<void> {
  const ignore = (): void => undefined;
  return step.then(ignore, ignore);
}
