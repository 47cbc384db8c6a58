/**
 * The buckets of a cluster: how many there are, which one holds a key, and the
 * slot of each.
 *
 * Keys are `<prefix>{b<number>/<buckets>}:e:<key>`. The text in braces, the
 * hash tag, decides the slot. A tag gets a suffix where it needs one to fall
 * into its own share of the slots, so that the buckets lie evenly over any
 * cluster.
 *
 * The number of buckets is in every tag. Two processes that disagree on it do
 * not find each other's guards, answer CACHE_LOST, and never work on two copies
 * of a key within one epoch.
 */
import type { Bucket } from "./cache-routing.ts";

export interface ClusterBucket extends Bucket {
  readonly slot: number;
}

export const SLOTS = 16_384;
export const BUCKETS_MAX = 1_024;
/** The chance that a tag falls into its share is one in the number of buckets. So many suffixes never all miss it. */
const SUFFIXES_MAX = 1_000_000;
const CRC16_POLYNOMIAL = 0x1021;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** @throws RangeError for an invalid number of buckets, and for a prefix with a hash tag of its own */
export function clusterBuckets(prefix: string, buckets: number): readonly ClusterBucket[] {
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > BUCKETS_MAX) {
    throw new RangeError(`${buckets} buckets: there can be 1 to ${BUCKETS_MAX}`);
  }
  if (/[{}]/.test(prefix)) throw new RangeError(`the prefix "${prefix}" has a brace: that would be a hash tag`);
  return Array.from({ length: buckets }, (_, index) => {
    const { tag, slot } = evenTag(index, buckets);
    const start = `${prefix}{${tag}}:`;
    return { guardKey: `${start}guard`, entryPrefix: `${start}e:`, slot };
  });
}

/** FNV-1a of the key's UTF-16 units, mixed once more because the low bits decide. This function must never change. */
export function bucketIndexOf(key: string, buckets: number): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash ^= hash >>> 13;
  return (hash >>> 0) % buckets;
}

/** The slot that a server computes for a key with this hash tag: CRC16 (XMODEM) modulo the number of slots. */
export function slotOfTag(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag, "utf8")) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ CRC16_POLYNOMIAL;
    }
    crc &= 0xffff;
  }
  return crc % SLOTS;
}

function evenTag(index: number, buckets: number): { readonly tag: string; readonly slot: number } {
  for (let suffix = 0; suffix < SUFFIXES_MAX; suffix += 1) {
    const tag = `b${index}/${buckets}${suffix === 0 ? "" : `.${suffix}`}`;
    const slot = slotOfTag(tag);
    if (Math.floor((slot * buckets) / SLOTS) === index) return { tag, slot };
  }
  throw new RangeError(`no hash tag for bucket ${index} of ${buckets}`);
}
