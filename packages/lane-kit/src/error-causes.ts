/** The errors behind an error: clients keep the first cause behind those of their retries. */

const CAUSES_MAX = 10;

/** The error itself is the first. */
export function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = [];
  for (let next = error; next instanceof Error && causes.length < CAUSES_MAX; next = next.cause) causes.push(next);
  return causes;
}
