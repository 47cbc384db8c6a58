/** Two 32-bit hashes over everything that happened in a run: equal runs, equal fingerprints. */
const FLOAT = new Float64Array(1);
const WORDS = new Uint32Array(FLOAT.buffer);

export class Fingerprint {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  addNumber(value: number): void {
    FLOAT[0] = value;
    this.#addWord(WORDS[0] ?? 0);
    this.#addWord(WORDS[1] ?? 0);
  }

  addText(text: string): void {
    this.#addWord(text.length);
    for (let index = 0; index < text.length; index++) this.#addWord(text.charCodeAt(index));
  }

  /** 16 hex digits. */
  toString(): string {
    return [this.#a, this.#b].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #addWord(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x01000193);
    this.#a ^= this.#a >>> 15;
    this.#b = Math.imul(this.#b + word, 0x85ebca6b);
    this.#b ^= this.#b >>> 13;
  }
}
