/** The errors behind an error of kafkajs, which keeps the first cause behind those of its retries. */

const CAUSES_MAX = 10;

/** The error itself is the first. */
export function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = [];
  for (let next = error; next instanceof Error && causes.length < CAUSES_MAX; next = next.cause) causes.push(next);
  return causes;
}

/** The brokers did not take the user, the password or the token. */
export function isLoginRefused(error: unknown): boolean {
  return causesOf(error).some(({ name }) => name === "KafkaJSSASLAuthenticationError");
}
