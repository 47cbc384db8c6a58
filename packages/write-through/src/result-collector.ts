/**
 * Collects results that come one by one in any order: `all` resolves with them,
 * by position, once the last has come.
 */
export class ResultCollector<Result> {
  readonly all: Promise<readonly Result[]>;
  readonly #results: Result[];
  readonly #resolve: (results: readonly Result[]) => void;
  #left: number;

  constructor(count: number) {
    const { promise, resolve } = Promise.withResolvers<readonly Result[]>();
    this.all = promise;
    this.#resolve = resolve;
    this.#results = new Array<Result>(count);
    this.#left = count;
    if (count === 0) resolve(this.#results);
  }

  /** To be called once for each position. */
  put(position: number, result: Result): void {
    this.#results[position] = result;
    this.#left -= 1;
    if (this.#left === 0) this.#resolve(this.#results);
  }
}
