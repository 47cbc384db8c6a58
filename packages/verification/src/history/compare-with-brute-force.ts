/** Checks the checker: its verdict against brute force, over many small random histories. */
import { isLinearizable } from "./brute-force.ts";
import { checkHistory } from "./check-history.ts";
import { History, type Operation } from "./history.ts";
import { seededRandom } from "@trilane/write-through/testing";
import { randomHistory } from "./random-history.ts";

export interface Agreement {
  readonly histories: number;
  readonly accepted: number;
  readonly rejected: number;
  /** The first history on which the two differ. */
  readonly difference: readonly Operation[] | null;
}

export interface CompareOptions {
  readonly histories: number;
  readonly seed: number;
}

export function compareWithBruteForce({ histories, seed }: CompareOptions): Agreement {
  const random = seededRandom(seed);
  let accepted = 0;
  for (let count = 0; count < histories; count++) {
    const operations = randomHistory(random);
    const expected = isLinearizable(operations);
    if (isAccepted(operations) !== expected) {
      return { histories: count + 1, accepted, rejected: count - accepted, difference: operations };
    }
    if (expected) accepted++;
  }
  return { histories, accepted, rejected: histories - accepted, difference: null };
}

export function isAccepted(operations: readonly Operation[]): boolean {
  const history = new History();
  for (const operation of operations) history.add(operation);
  return checkHistory(history).wrongReads === 0;
}
