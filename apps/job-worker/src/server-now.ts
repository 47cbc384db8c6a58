/**
 * The time of the queue's server. Ages and delays of jobs are judged by it,
 * because each worker's own clock may be wrong, and a worker whose clock is
 * ahead would take every job for an old one.
 */
import type { Redis } from "ioredis";

const MS_PER_SECOND = 1_000;
const US_PER_MS = 1_000;

/** Milliseconds since 1970. */
export async function serverNowMs(connection: Pick<Redis, "time">): Promise<number> {
  const [seconds, microseconds] = await connection.time();
  return Number(seconds) * MS_PER_SECOND + Math.floor(Number(microseconds) / US_PER_MS);
}
