/**
 * Lists whose items belong together by position: an answer to its request, a
 * receipt to its record. A list that is too short breaks a contract. It is found
 * here, so that no item gets another item's answer.
 */

/** @throws RangeError where there is no such item */
export function itemAt<Item>(items: ArrayLike<Item>, index: number): Item {
  const item = items[index];
  // A list may hold undefined; only a position outside of it is an error.
  if (item === undefined && !(index in items)) {
    throw new RangeError(`there is no item ${index} in a list of ${items.length}`);
  }
  return item as Item;
}

/**
 * Pairs each left item with the right one of the same position.
 * @throws RangeError where the lists differ in length
 */
export function paired<Left, Right>(
  left: readonly Left[],
  right: readonly Right[],
): readonly (readonly [Left, Right])[] {
  checkOneEach(left, right);
  return left.map((item, index) => [item, itemAt(right, index)] as const);
}

/**
 * The same without a list of pairs, for reads and writes of very many keys.
 * @throws RangeError where the lists differ in length
 */
export function forEachPair<Left, Right>(
  left: readonly Left[],
  right: readonly Right[],
  use: (left: Left, right: Right) => void,
): void {
  checkOneEach(left, right);
  for (let index = 0; index < left.length; index += 1) use(itemAt(left, index), itemAt(right, index));
}

function checkOneEach(left: readonly unknown[], right: readonly unknown[]): void {
  if (left.length === right.length) return;
  throw new RangeError(`${left.length} items cannot be paired with ${right.length}: there must be one each`);
}

/** Splits items, in order, into runs of at most `size`. */
export function chunked<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const chunks: (readonly Item[])[] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}

/** The position of one item in the answer. */
export type Slot<Answer, Request> =
  | { readonly kind: "decided"; readonly answer: Answer }
  /** A gap, for which `request` is asked. */
  | { readonly kind: "open"; readonly request: Request };

export function decided<Answer>(answer: Answer): { readonly kind: "decided"; readonly answer: Answer } {
  return { kind: "decided", answer };
}

export function open<Request>(request: Request): { readonly kind: "open"; readonly request: Request } {
  return { kind: "open", request };
}

/**
 * Returns one answer per slot, in order. `ask` gets the requests of all gaps in order, and is not called where there is
 * no gap.
 * @throws RangeError where `ask` does not give one answer per request; the error of `ask` where it rejects
 */
export async function fillGaps<Answer, Request>(
  slots: readonly Slot<Answer, Request>[],
  ask: (requests: readonly Request[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const requests: Request[] = [];
  for (const slot of slots) if (slot.kind === "open") requests.push(slot.request);
  const answers = requests.length === 0 ? [] : await ask(requests);
  if (answers.length !== requests.length) {
    throw new RangeError(`${requests.length} requests had ${answers.length} answers: there must be one each`);
  }
  let next = 0;
  return slots.map((slot) => {
    if (slot.kind === "decided") return slot.answer;
    next += 1;
    return itemAt(answers, next - 1);
  });
}

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
