/**
 * Writes bytes as a gzip of several members, as tools do that append to a file,
 * with the zeros that tapes leave.
 */
import { gzipSync } from "node:zlib";
import fc from "fast-check";

export interface Gzipping {
  /** The positions, in thousandths of the whole, where a member ends and the next begins. */
  readonly cuts: readonly number[];
  /** The number of zeros after the last member. */
  readonly paddingBytes: number;
}

const THOUSANDTHS = 1_000;

/** Null: not compressed. */
export const gzippings: fc.Arbitrary<Gzipping | null> = fc.option(
  fc.record({
    cuts: fc.array(fc.nat(THOUSANDTHS), { maxLength: 3 }),
    paddingBytes: fc.constantFrom(0, 0, 1, 600),
  }),
  { freq: 3, nil: null },
);

export function gzipped(bytes: Uint8Array, { cuts, paddingBytes }: Gzipping): Uint8Array {
  const ends = [...cuts.map((cut) => Math.floor((bytes.length * cut) / THOUSANDTHS)), bytes.length];
  ends.sort((left, right) => left - right);
  let from = 0;
  const members = ends.map((end) => {
    const member = gzipSync(bytes.subarray(from, end));
    from = end;
    return member;
  });
  return Buffer.concat([...members, Buffer.alloc(paddingBytes)]);
}
