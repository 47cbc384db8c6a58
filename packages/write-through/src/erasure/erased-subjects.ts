/**
 * The erasures in force, by subject: a hash table in typed arrays, because a
 * list of a million entries must not cost each process a million objects. An
 * entry takes 32 bytes, and at most half of the slots are used.
 */
import type { ErasureInForce, SubjectDigest } from "../protocol/erasure.ts";

const SLOTS_AT_START = 1_024;
const WORDS = 4;
const DIGITS_PER_WORD = 8;
const BITS_PER_DIGIT = 4;
/** By the code of a lower-case hex digit: its value. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, "0123456789abcdef".indexOf(String.fromCharCode(code))),
);
/** The words of the subject that is asked about. Every write and read comes here, so nothing is made for it. */
const asked = new Uint32Array(WORDS);

export class ErasedSubjects {
  #words: Uint32Array;
  #untilUs: Float64Array;
  /** 0 marks a free slot: the list begins with 1. */
  #numbers: Float64Array;
  #count = 0;

  /** @param expected so many entries fit before the table grows */
  constructor(expected = 0) {
    let slots = SLOTS_AT_START;
    while (slots < 2 * expected) slots *= 2;
    this.#words = new Uint32Array(slots * WORDS);
    this.#untilUs = new Float64Array(slots);
    this.#numbers = new Float64Array(slots);
  }

  get count(): number {
    return this.#count;
  }

  /** The bytes of the table. */
  get bytes(): number {
    return this.#words.byteLength + this.#untilUs.byteLength + this.#numbers.byteLength;
  }

  get(subject: SubjectDigest): ErasureInForce | null {
    const slot = this.#slotOf(wordsOf(subject));
    const number = this.#numbers[slot] ?? 0;
    return number === 0 ? null : { number, untilUs: this.#untilUs[slot] ?? 0 };
  }

  set(subject: SubjectDigest, { number, untilUs }: ErasureInForce): void {
    if (2 * (this.#count + 1) > this.#numbers.length) this.#grow();
    this.#put(wordsOf(subject), number, untilUs);
  }

  /** Each entry once, in no order. */
  *entries(): Generator<readonly [SubjectDigest, ErasureInForce]> {
    for (let slot = 0; slot < this.#numbers.length; slot += 1) {
      const number = this.#numbers[slot] ?? 0;
      if (number === 0) continue;
      yield [digestOf(this.#wordsAt(slot)), { number, untilUs: this.#untilUs[slot] ?? 0 }];
    }
  }

  #put(words: Uint32Array, number: number, untilUs: number): void {
    const slot = this.#slotOf(words);
    if (this.#numbers[slot] === 0) this.#count += 1;
    this.#words.set(words, slot * WORDS);
    this.#numbers[slot] = number;
    this.#untilUs[slot] = untilUs;
  }

  /** The slot of the subject, or the free slot where it belongs. A digest is uniform, so its first word is its hash. */
  #slotOf(words: Uint32Array): number {
    const mask = this.#numbers.length - 1;
    let slot = (words[0] ?? 0) & mask;
    while (this.#numbers[slot] !== 0 && !this.#isAt(slot, words)) slot = (slot + 1) & mask;
    return slot;
  }

  #isAt(slot: number, words: Uint32Array): boolean {
    const at = slot * WORDS;
    const own = this.#words;
    return own[at] === words[0] && own[at + 1] === words[1] && own[at + 2] === words[2] && own[at + 3] === words[3];
  }

  #wordsAt(slot: number): Uint32Array {
    return this.#words.subarray(slot * WORDS, (slot + 1) * WORDS);
  }

  #grow(): void {
    const [words, untilUs, numbers] = [this.#words, this.#untilUs, this.#numbers];
    const slots = numbers.length * 2;
    this.#words = new Uint32Array(slots * WORDS);
    this.#untilUs = new Float64Array(slots);
    this.#numbers = new Float64Array(slots);
    this.#count = 0;
    numbers.forEach((number, slot) => {
      if (number > 0) this.#put(words.subarray(slot * WORDS, (slot + 1) * WORDS), number, untilUs[slot] ?? 0);
    });
  }
}

/** They count until the next call. */
function wordsOf(subject: SubjectDigest): Uint32Array {
  let digit = 0;
  for (let word = 0; word < WORDS; word += 1) {
    let value = 0;
    for (const end = digit + DIGITS_PER_WORD; digit < end; digit += 1) {
      value = (value << BITS_PER_DIGIT) | (VALUES[subject.charCodeAt(digit)] ?? 0);
    }
    asked[word] = value;
  }
  return asked;
}

function digestOf(words: Uint32Array): SubjectDigest {
  return Array.from(words, (word) => word.toString(16).padStart(DIGITS_PER_WORD, "0")).join("");
}
