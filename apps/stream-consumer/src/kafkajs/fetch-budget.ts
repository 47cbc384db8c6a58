/**
 * Bounds the memory of one fetch over all its partitions, because a few
 * kilobytes may hold gigabytes. When the budget is spent nothing more is
 * decoded, and the rest comes with the next fetch. At least one record always
 * comes, however large it is.
 */
export interface FetchLimits {
  /** About how many bytes of decompressed records; a larger record comes whole. */
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

  /** Counts one record of so many bytes. */
  spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    this.#recordsLeft -= 1;
  }
}
