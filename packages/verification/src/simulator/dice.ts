/** Draws from one seed. Each part of a simulation has dice of its own, so that a draw in one does not shift the others. */
import type { Random } from "@trilane/write-through";
import { seededRandom } from "@trilane/write-through/testing";

export class Dice {
  readonly random: Random;

  constructor(seed: number, part: string) {
    this.random = seededRandom(mix(seed, part));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  /** A number that is equally likely in each decade between `low` and `high`, which are above 0. */
  logBetween(low: number, high: number): number {
    return Math.exp(this.between(Math.log(low), Math.log(high)));
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.random() * items.length)] ?? items[0];
  }

  /** A whole number whose average is `mean`. */
  count(mean: number): number {
    const whole = Math.floor(mean);
    return whole + (this.chance(mean - whole) ? 1 : 0);
  }
}

/** FNV-1a over the seed's bytes and the part's name, so that neighbouring seeds have nothing in common. */
function mix(seed: number, part: string): number {
  let hash = 0x811c9dc5;
  const add = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  };
  for (let shift = 0; shift < 32; shift += 8) add((seed >>> shift) & 0xff);
  for (let index = 0; index < part.length; index++) add(part.charCodeAt(index) & 0xff);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}
