/** Takes exactly so many bytes at a time from a stream whose chunks have any size. */
export class ChunkReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.asyncIterator]();
  }

  /** The number of bytes that were taken so far. */
  get position(): number {
    return this.#position;
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return true;
      this.#chunk = next.value;
    }
    return false;
  }

  /** Null where fewer are left. Only for a few bytes, because they are kept in memory. */
  async take(length: number): Promise<Buffer | null> {
    const parts: Uint8Array[] = [];
    for await (const part of this.pass(length)) {
      if (part === null) return null;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /** The next bytes in pieces as they come, and at last null where fewer are left. */
  async *pass(length: number): AsyncGenerator<Uint8Array | null, void> {
    for (let left = length; left > 0;) {
      if (await this.isAtEnd()) {
        yield null;
        return;
      }
      const part = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(part.length);
      this.#position += part.length;
      left -= part.length;
      yield part;
    }
  }

  /** Tells the stream that no more of it will be read. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}
