/**
 * Groups the items of one call by bucket, and puts the replies back into the
 * order of the items.
 */
import { type Cut, cutByBytes } from "../by-bytes.ts";
import { paired } from "../by-position.ts";
import type { Bucket } from "./cache-routing.ts";

export interface BucketBatch<Item> {
  readonly bucket: Bucket;
  readonly items: readonly Item[];
  /** The position of each item in the whole call; null where all items of the call are here, in their order. */
  readonly positions: readonly number[] | null;
}

export function batchesOf<Item>(
  items: readonly Item[],
  bucketOf: (item: Item) => Bucket,
): readonly BucketBatch<Item>[] {
  // One server has one bucket, and so do most reads of a few keys.
  const [first] = items;
  if (first === undefined) return [];
  const only = bucketOf(first);
  if (items.every((item) => bucketOf(item) === only)) return [{ bucket: only, items, positions: null }];
  const batches = new Map<Bucket, { bucket: Bucket; items: Item[]; positions: number[] }>();
  items.forEach((item, position) => {
    const bucket = bucketOf(item);
    const batch = batches.get(bucket);
    if (batch === undefined) batches.set(bucket, { bucket, items: [item], positions: [position] });
    else {
      batch.items.push(item);
      batch.positions.push(position);
    }
  });
  return [...batches.values()];
}

export function splitBatch<Item>(batch: BucketBatch<Item>, cut: Cut<Item>): readonly BucketBatch<Item>[] {
  const { bucket, items, positions } = batch;
  const parts = cutByBytes(items, cut);
  if (parts.length === 1) return [batch];
  let start = 0;
  return parts.map((part) => {
    const end = start + part.length;
    const own = positions?.slice(start, end) ?? part.map((_, index) => start + index);
    const of = { bucket, items: part, positions: own };
    start = end;
    return of;
  });
}

/**
 * Returns one reply per item of every batch, in the order of the whole call.
 * @throws RangeError where `repliesOf` does not give one reply per item of its batch
 */
export function toPositions<Item, Reply>(
  batches: readonly BucketBatch<Item>[],
  repliesOf: (batch: BucketBatch<Item>, index: number) => readonly Reply[],
): readonly Reply[] {
  const [whole] = batches;
  if (whole?.positions === null) {
    const replies = repliesOf(whole, 0);
    if (replies.length === whole.items.length) return replies;
    throw new RangeError(`${whole.items.length} items had ${replies.length} replies: there must be one each`);
  }
  const replies: Reply[] = [];
  batches.forEach((batch, index) => {
    for (const [position, reply] of paired(batch.positions ?? [], repliesOf(batch, index))) replies[position] = reply;
  });
  return replies;
}
