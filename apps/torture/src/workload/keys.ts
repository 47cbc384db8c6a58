/** The keys of a run, and how popular each is: a few take most of the traffic. */
import type { Random } from "@trilane/write-through";

export interface KeySpace {
  readonly keys: number;
  readonly hotKeys: number;
  /** The share of all picks, from 0 to 1. */
  readonly hotShare: number;
}

export const keySpaceDefaults: KeySpace = { keys: 2_500, hotKeys: 24, hotShare: 0.7 };

const WRITER_KEYS = 6;
const WRITER_SHARE = 0.6;

export function pickId(random: Random, { keys, hotKeys, hotShare }: KeySpace = keySpaceDefaults): string {
  const among = random() < hotShare ? hotKeys : keys;
  return idOf(Math.floor(random() * among));
}

/** Some distinct ids, `count` at most. */
export function pickIds(random: Random, count: number): readonly string[] {
  return [...new Set(Array.from({ length: count }, () => pickId(random)))];
}

/** Ids for a reader: by their popularity, and sometimes one of the library's writer. */
export function pickReadIds(random: Random, count: number): readonly string[] {
  const ids = pickIds(random, count);
  const own = writerIds()[Math.floor(random() * WRITER_KEYS)];
  return random() < WRITER_SHARE && own !== undefined ? [...ids, own] : ids;
}

/** The ids of the library's writer alone: no lane writes them, and the end state is not compared for them. */
export function writerIds(): readonly string[] {
  return Array.from({ length: WRITER_KEYS }, (_, index) => `w${index}`);
}

export function allIds({ keys }: KeySpace = keySpaceDefaults): readonly string[] {
  return Array.from({ length: keys }, (_, index) => idOf(index));
}

function idOf(index: number): string {
  return `s${index}`;
}
