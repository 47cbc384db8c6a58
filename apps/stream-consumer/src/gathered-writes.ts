/**
 * Gathers pieces into few calls of the writer. While as many calls as may be are
 * under way, pieces of all partitions wait, and the next call takes them
 * together: the longer a call takes, the more records of one key meet in the
 * next one, and all but one of them are neither encoded nor sent.
 */
import type { FeatureChange } from "@trilane/feature-groups";
import { itemAt, type Receipt } from "@trilane/write-through";

export interface GatherLimits {
  readonly callsMax: number;
  /** Records of one call; a larger piece is a call of its own. */
  readonly recordsMax: number;
}

/** One receipt per change, in order. */
export type WriteChanges = (changes: readonly FeatureChange[], signal: AbortSignal) => Promise<readonly Receipt[]>;

interface Request {
  readonly changes: readonly FeatureChange[];
  readonly signal: AbortSignal;
  readonly settle: PromiseWithResolvers<readonly Receipt[]>;
}

export class GatheredWrites {
  readonly #limits: GatherLimits;
  readonly #write: WriteChanges;
  #waiting: readonly Request[] = [];
  #calls = 0;

  constructor(limits: GatherLimits, write: WriteChanges) {
    this.#limits = limits;
    this.#write = write;
  }

  /** Like a call of the writer. It is cancelled when the signals of all pieces in it have fired. */
  write(changes: readonly FeatureChange[], signal: AbortSignal): Promise<readonly Receipt[]> {
    if (changes.length === 0) return Promise.resolve([]);
    const settle = Promise.withResolvers<readonly Receipt[]>();
    this.#waiting = [...this.#waiting, { changes, signal, settle }];
    this.#start();
    return settle.promise;
  }

  #start(): void {
    while (this.#calls < this.#limits.callsMax && this.#waiting.length > 0) {
      const count = countOf(this.#waiting, this.#limits.recordsMax);
      const taken = this.#waiting.slice(0, count);
      this.#waiting = this.#waiting.slice(count);
      void this.#call(taken);
    }
  }

  async #call(requests: readonly Request[]): Promise<void> {
    this.#calls += 1;
    try {
      const receipts = await this.#write(changesOf(requests), allOf(requests.map(({ signal }) => signal)));
      let from = 0;
      for (const { changes, settle } of requests) {
        settle.resolve(receipts.slice(from, from + changes.length));
        from += changes.length;
      }
    } catch (error) {
      for (const { settle } of requests) settle.reject(error);
    } finally {
      this.#calls -= 1;
      this.#start();
    }
  }
}

/** Of one request its own list, because a copy of ten thousands costs a turn. */
function changesOf(requests: readonly Request[]): readonly FeatureChange[] {
  if (requests.length === 1) return itemAt(requests, 0).changes;
  return ([] as FeatureChange[]).concat(...requests.map(({ changes }) => changes));
}

/** How many of the first requests go into one call. */
function countOf(requests: readonly Request[], recordsMax: number): number {
  let records = 0;
  for (const [index, { changes }] of requests.entries()) {
    records += changes.length;
    if (index > 0 && records > recordsMax) return index;
  }
  return requests.length;
}

/** Fires when all have fired. */
function allOf(signals: readonly AbortSignal[]): AbortSignal {
  if (signals.length === 1) return itemAt(signals, 0);
  const all = new AbortController();
  const look = (): void => {
    if (signals.every(({ aborted }) => aborted)) all.abort(itemAt(signals, 0).reason);
  };
  for (const signal of signals) signal.addEventListener("abort", look, { once: true, signal: all.signal });
  look();
  return all.signal;
}
