/** Which keys there are, and how popular each is: a few take most of the traffic. */
import type { Random } from "@trilane/write-through";

export interface KeySpace {
  readonly keys: number;
  readonly hotKeys: number;
  /** Of all picks, from 0 to 1. */
  readonly hotShare: number;
}

export const keySpaceDefaults: KeySpace = { keys: 2_500, hotKeys: 24, hotShare: 0.7 };

export function pickId(random: Random, { keys, hotKeys, hotShare }: KeySpace = keySpaceDefaults): string {
  const among = random() < hotShare ? hotKeys : keys;
  return idOf(Math.floor(random() * among));
}

/** Some distinct ids, `count` at most. */
export function pickIds(random: Random, count: number): readonly string[] {
  return [...new Set(Array.from({ length: count }, () => pickId(random)))];
}

export function allIds({ keys }: KeySpace = keySpaceDefaults): readonly string[] {
  return Array.from({ length: keys }, (_, index) => idOf(index));
}

function idOf(index: number): string {
  return `s${index}`;
}
