/**
 * The states that were reached, each exactly once and in the order of their
 * discovery. That order is also the queue of the breadth-first search.
 *
 * Keys are exact: there is no fingerprint, and so no collision. A state takes
 * its packed words, four bytes for its parent, and five to ten bytes of hash
 * slots, all in typed arrays, which the garbage collector does not trace.
 */
import { at } from "./at.ts";

const CHUNK_BITS = 16;
const CHUNK_STATES = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_STATES - 1;
const SLOTS_MIN = 1 << 12;
/** A slot holds the index of a state plus one; 0 is free. */
const FREE = 0;

export class StateTable {
  /** The number of states. */
  size = 0;

  readonly #words: number;
  readonly #chunks: Uint32Array[] = [];
  readonly #parents: Uint32Array[] = [];
  #slots: Uint32Array = new Uint32Array(SLOTS_MIN);

  constructor(words: number) {
    this.#words = words;
  }

  /** True when the state is new. */
  add(state: Uint32Array, parent: number): boolean {
    if (this.size * 10 >= this.#slots.length * 7) this.#grow();
    const mask = this.#slots.length - 1;
    let slot = hashWords(state, 0, this.#words) & mask;
    for (;;) {
      const held = at(this.#slots, slot);
      if (held === FREE) break;
      if (this.#equals(held - 1, state)) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#append(state, parent) + 1;
    return true;
  }

  /** Copies the state's words. */
  read(index: number, into: Uint32Array): void {
    const chunk = at(this.#chunks, index >>> CHUNK_BITS);
    const offset = (index & CHUNK_MASK) * this.#words;
    for (let word = 0; word < this.#words; word++) into[word] = at(chunk, offset + word);
  }

  parentOf(index: number): number {
    return at(at(this.#parents, index >>> CHUNK_BITS), index & CHUNK_MASK);
  }

  get bytes(): number {
    const perChunk = CHUNK_STATES * (this.#words + 1) * 4;
    return this.#chunks.length * perChunk + this.#slots.byteLength;
  }

  #append(state: Uint32Array, parent: number): number {
    const index = this.size++;
    const chunkIndex = index >>> CHUNK_BITS;
    if (chunkIndex === this.#chunks.length) {
      this.#chunks.push(new Uint32Array(CHUNK_STATES * this.#words));
      this.#parents.push(new Uint32Array(CHUNK_STATES));
    }
    at(this.#chunks, chunkIndex).set(state, (index & CHUNK_MASK) * this.#words);
    at(this.#parents, chunkIndex)[index & CHUNK_MASK] = parent;
    return index;
  }

  #equals(index: number, state: Uint32Array): boolean {
    const chunk = at(this.#chunks, index >>> CHUNK_BITS);
    const offset = (index & CHUNK_MASK) * this.#words;
    for (let word = 0; word < this.#words; word++) {
      if (chunk[offset + word] !== state[word]) return false;
    }
    return true;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < this.size; index++) {
      const chunk = at(this.#chunks, index >>> CHUNK_BITS);
      let slot = hashWords(chunk, (index & CHUNK_MASK) * this.#words, this.#words) & mask;
      while (slots[slot] !== FREE) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

/** MurmurHash3's mixing, over whole words. */
function hashWords(words: Uint32Array, from: number, count: number): number {
  let hash = count;
  for (let index = from; index < from + count; index++) {
    let mixed = Math.imul(at(words, index), 0xcc9e2d51);
    mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    hash ^= mixed;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
