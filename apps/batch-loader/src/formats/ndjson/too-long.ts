/** The refusal of a line that is longer than a line may be. */
import { type LoadError, unreadable } from "../../errors.ts";

/** `startByte`: where the line begins in the object. */
export function tooLong(object: string, startByte: number, lineBytesMax: number): LoadError {
  return unreadable(
    object,
    `the line that begins at byte ${startByte} is longer than ${lineBytesMax} bytes: write one JSON object per line`,
  );
}
