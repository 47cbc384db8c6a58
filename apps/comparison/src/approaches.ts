/** All approaches that are compared, in the order of the table. */
import { commonApproaches } from "./common-approaches.ts";
import type { Approach } from "./approach.ts";
import { thisCore } from "./this-core.ts";

export const approaches: readonly Approach[] = [...commonApproaches, thisCore];

/** @throws RangeError when no approach has this name */
export function findApproach(name: string): Approach {
  const found = approaches.find((approach) => approach.name === name);
  if (found === undefined) throw new RangeError(`there is no approach "${name}"`);
  return found;
}
