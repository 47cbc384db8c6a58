/** Logs as JSON lines on stderr; stdout is for data. */
import { destination, type Logger, pino } from "pino";

const STDERR = 2;

export function createLogger(name: string, level: string): Logger {
  return pino({ name, level, base: { name } }, destination({ fd: STDERR, sync: true }));
}
