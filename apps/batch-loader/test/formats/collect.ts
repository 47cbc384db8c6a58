/** Reads byte streams, and returns all slices. */
import type { BadRow, RowPosition, RowSlice } from "../../src/formats/row-slice.ts";

export async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

export interface Collected {
  readonly inputs: readonly unknown[];
  readonly positions: readonly RowPosition[];
  readonly orders: readonly number[];
  readonly bad: readonly BadRow[];
  readonly slices: number;
}

export async function collect(slices: AsyncIterable<RowSlice>): Promise<Collected> {
  const inputs: unknown[] = [];
  const positions: RowPosition[] = [];
  const orders: number[] = [];
  const bad: BadRow[] = [];
  let count = 0;
  for await (const slice of slices) {
    count += 1;
    for (let index = 0; index < slice.inputs.length; index += 1) {
      inputs.push(slice.inputs.at(index));
      positions.push(slice.positionOf(index));
      orders.push(slice.orderOf(index));
    }
    bad.push(...slice.bad);
  }
  return { inputs, positions, orders, bad, slices: count };
}
