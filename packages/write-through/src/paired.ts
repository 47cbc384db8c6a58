/**
 * Pairs items with what belongs to them by position. A list that is too short
 * breaks a contract. It is found here, so that no item gets another item's
 * answer.
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
  if (left.length !== right.length) {
    throw new RangeError(`${left.length} items cannot be paired with ${right.length}: there must be one each`);
  }
  return left.map((item, index) => [item, itemAt(right, index)] as const);
}
