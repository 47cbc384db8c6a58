/** The place of dead letters that the settings name, so that erasures find them without being told where. */
import type { Settings } from "@trilane/lane-kit";
import { DEAD_LETTER_PREFIX } from "./s3/passed-over.ts";

export interface ObjectPrefix {
  readonly bucket: string;
  /** It ends in a slash. */
  readonly prefix: string;
}

/** Null where each load writes its letters into the bucket of its source. */
export function letterPlaceOf({ deadLetters }: Pick<Settings, "deadLetters">): ObjectPrefix | null {
  if (deadLetters === undefined) return null;
  const { bucket, prefix } = deadLetters;
  // A whole bucket may hold sources too, so letters never lie at its top.
  return { bucket, prefix: prefix === "" ? DEAD_LETTER_PREFIX : `${prefix}/` };
}
