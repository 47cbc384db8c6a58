/**
 * How much one fetch may become in memory, over all its partitions: a few
 * kilobytes may hold gigabytes. Once it is spent nothing more is decoded, and
 * the rest comes with the next fetch. One record always comes, however large.
 */
export interface FetchLimits {
  /** Of decompressed records, about; a record beyond it comes whole. */
  readonly bytesMax: number;
  readonly recordsMax: number;
}

export const fetchLimitsDefaults: FetchLimits = { bytesMax: 64 * 1_024 * 1_024, recordsMax: 100_000 };

export class FetchBudget {
  #bytesLeft: number;
  #recordsLeft: number;

  constructor({ bytesMax, recordsMax }: FetchLimits = fetchLimitsDefaults) {
    this.#bytesLeft = bytesMax;
    this.#recordsLeft = recordsMax;
  }

  get isSpent(): boolean {
    return this.#bytesLeft <= 0 || this.#recordsLeft <= 0;
  }

  /** One record of so many bytes. */
  spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    this.#recordsLeft -= 1;
  }
}
