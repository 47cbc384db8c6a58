/**
 * A file that is read again when it was changed, and whose text must be valid.
 * A change that cannot be read is logged and does not count, so a slip of the
 * editor locks nobody out: what was valid before stays in force until the file
 * is mended.
 */
import type { Clock } from "@trilane/write-through";
import { textFile } from "../settings/secrets.ts";
import { SettingsError } from "../settings/settings-error.ts";

/** A change is in force at most so much later. */
const LOOK_MS = 1_000;

/** The part of a logger that tells of changes. */
export interface ChangeLog {
  info(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export interface FollowedFileOptions<Value> {
  /** The setting that names the file. */
  readonly variable: string;
  readonly path: string;
  readonly parse: (text: string) => ParsedFile<Value>;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly logger: ChangeLog;
}

export type ParsedFile<Value> =
  | { readonly kind: "parsed"; readonly value: Value }
  | { readonly kind: "refused"; readonly reason: string };

/** Returns the present value. @throws SettingsError, at once, for a file that cannot be read or is not valid */
export function followFile<Value>({ variable, path, parse, clock, logger }: FollowedFileOptions<Value>): () => Value {
  const read = textFile(variable, path);
  let text = read();
  const first = parse(text);
  if (first.kind === "refused") throw new SettingsError(variable, `the file ${path} is wrong at ${first.reason}`);
  let { value } = first;
  let lookedMs = clock.monotonicMs();
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - lookedMs < LOOK_MS) return value;
    lookedMs = nowMs;
    const present = read();
    if (present === text) return value;
    text = present;
    const parsed = parse(present);
    if (parsed.kind === "refused") {
      logger.error({ variable, path, reason: parsed.reason }, "a changed file is wrong and does not count: mend it");
      return value;
    }
    logger.info({ variable, path }, "a changed file is in force");
    ({ value } = parsed);
    return value;
  };
}
