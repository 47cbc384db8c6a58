/** Logs as JSON lines on stderr; stdout is for data. */
import { destination, type DestinationStream, type Logger, pino } from "pino";
import { errorFields } from "./error-fields.ts";

const STDERR = 2;

/** An error is logged under one of these names, whether it stands alone or with other values. */
const serializers = { err: errorFields, error: errorOrText };

export function createLogger(name: string, level: string, to: DestinationStream = stderr()): Logger {
  return pino({ name, level, base: { name }, serializers }, to);
}

function stderr(): DestinationStream {
  return destination({ fd: STDERR, sync: true });
}

function errorOrText(error: unknown): unknown {
  return error instanceof Error ? errorFields(error) : error;
}
