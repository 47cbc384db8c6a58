/** The groups with records of persons: an erasure concerns all of them. */
import type { Platform } from "../platform.ts";

export function personalGroups({ config }: Pick<Platform, "config">): readonly string[] {
  return Object.values(config.groups).flatMap(({ name, subject }) => (subject === null ? [] : [name]));
}
