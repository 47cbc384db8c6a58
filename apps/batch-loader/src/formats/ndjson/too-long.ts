/** The refusal of a line that is too long. */
import { type LoadError, unreadable } from "../../errors.ts";

/** `startByte`: the position in the object where the line begins. */
export function tooLong(object: string, startByte: number, lineBytesMax: number): LoadError {
  return unreadable(
    object,
    `the line that begins at byte ${startByte} is longer than ${lineBytesMax} bytes: write one JSON object per line`,
  );
}
