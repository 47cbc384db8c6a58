/** Numbers that schedules draw from a seeded source. */
import { pick } from "@trilane/write-through/testing";

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number in the range, both ends included. */
export function between(random: () => number, { min, max }: Range): number {
  return Math.round(min + random() * (max - min));
}

/** A whole number from 0 to `limit` - 1. */
export function numberBelow(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

export function shuffled<Item>(random: () => number, items: readonly Item[]): readonly Item[] {
  const left = [...items];
  return items.map(() => {
    const [first, ...rest] = left;
    if (first === undefined) throw new RangeError("more was taken than there was");
    const item = pick(random, [first, ...rest]);
    left.splice(left.indexOf(item), 1);
    return item;
  });
}
