/**
 * The reads that gather for one batch. Each key is in it once, however many
 * reads ask for it. A read remembers where its keys are in the batch, so that
 * nothing is made for a key besides its place.
 */
import { itemAt } from "../by-position.ts";
import type { ReadResult } from "./read-result.ts";

/** Gives a read its results, from those of the batch. */
type Waiting = (results: readonly ReadResult[]) => void;

export class Gathering {
  readonly #keysMax: number;
  readonly #keys: string[] = [];
  readonly #placeOf = new Map<string, number>();
  readonly #waiting: Waiting[] = [];

  constructor(keysMax: number) {
    this.#keysMax = keysMax;
  }

  /** The keys of the batch, without repetitions. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  get isFull(): boolean {
    return this.#keys.length >= this.#keysMax;
  }

  addOne(key: string, resolve: (result: ReadResult) => void): void {
    const place = this.#add(key);
    this.#waiting.push((results) => resolve(itemAt(results, place)));
  }

  /** Adds the keys from `start` on, as far as they fit. `end` is the position of the first key that does not. */
  addSome(
    keys: readonly string[],
    start: number,
  ): { readonly end: number; readonly results: Promise<readonly ReadResult[]> } {
    const places: number[] = [];
    for (let at = start; at < keys.length && !this.isFull; at += 1) places.push(this.#add(itemAt(keys, at)));
    const results = new Promise<readonly ReadResult[]>((resolve) => {
      this.#waiting.push((all) => resolve(places.map((place) => itemAt(all, place))));
    });
    return { end: start + places.length, results };
  }

  /** To be called once, with one result for each key. */
  answer(results: readonly ReadResult[]): void {
    for (const give of this.#waiting) give(results);
  }

  /** Returns the place of the key in the batch. */
  #add(key: string): number {
    const known = this.#placeOf.get(key);
    if (known !== undefined) return known;
    const place = this.#keys.length;
    this.#keys.push(key);
    this.#placeOf.set(key, place);
    return place;
  }
}
