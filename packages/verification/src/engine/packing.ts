/** Parts of a codec: flags as bits, and the canonical order of interchangeable words. */
import { at } from "./at.ts";

export function bit(flag: boolean): number {
  return flag ? 1 : 0;
}

export function isSet(word: number, position: number): boolean {
  return ((word >>> position) & 1) === 1;
}

/** Insertion sort, because a run has only a few words. */
export function sortRun(words: Uint32Array, from: number, to: number): void {
  for (let index = from + 1; index < to; index++) {
    const word = at(words, index);
    let slot = index;
    while (slot > from && at(words, slot - 1) > word) {
      words[slot] = at(words, slot - 1);
      slot--;
    }
    words[slot] = word;
  }
}

/** Runs of neighbours that are interchangeable: [first, last]. */
export type Runs = readonly (readonly [number, number])[];

export function findRuns<Item>(items: readonly Item[], areTwins: (left: Item, right: Item) => boolean): Runs {
  const runs: [number, number][] = [];
  for (let first = 0; first < items.length;) {
    let last = first;
    while (last + 1 < items.length && areTwins(at(items, last), at(items, last + 1))) last++;
    if (last > first) runs.push([first, last]);
    first = last + 1;
  }
  return runs;
}
