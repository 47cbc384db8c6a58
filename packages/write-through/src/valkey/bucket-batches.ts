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
  /** The position of each item in the whole call. */
  readonly positions: readonly number[];
}

export function batchesOf<Item>(
  items: readonly Item[],
  bucketOf: (item: Item) => Bucket,
): readonly BucketBatch<Item>[] {
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
  let start = 0;
  return cutByBytes(items, cut).map((part) => {
    const end = start + part.length;
    const of = { bucket, items: part, positions: positions.slice(start, end) };
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
  const replies: Reply[] = [];
  batches.forEach((batch, index) => {
    for (const [position, reply] of paired(batch.positions, repliesOf(batch, index))) replies[position] = reply;
  });
  return replies;
}
