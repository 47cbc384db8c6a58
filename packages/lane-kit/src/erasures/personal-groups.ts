/** The groups on which a client needs the right to erase, since an erasure concerns all records of a person. */
import { EVERY_GROUP } from "../access/rights-of-clients.ts";
import type { Platform } from "../platform.ts";

/** Those with a subject. Without any, a client needs the right on every group, so that nobody has it by chance. */
export function personalGroups({ config }: Pick<Platform, "config">): readonly string[] {
  const names = Object.values(config.groups).flatMap(({ name, subject }) => (subject === null ? [] : [name]));
  return names.length === 0 ? [EVERY_GROUP] : names;
}
